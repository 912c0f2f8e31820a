"""A station signs what it made, and never loses a photo for its signature."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.capture.proof.signing import ENTRY, matches_recipe, read_signed
from kiosk.upload.signed_recipe import signed_recipe
from tests.kiosk.capture.proof.samples import STATION, recipe

HEADER = {"taken_at": "2026-05-20T00:10:00+08:00", "simulated": False}


def statement(made: dict[str, Any], header: dict[str, Any]) -> Any:
    signed = read_signed(signed_recipe(made, header, STATION))
    assert signed is not None
    assert matches_recipe(signed, made)
    return signed.statement


def test_the_day_is_that_of_the_stations_clock_and_time_zone() -> None:
    assert statement(recipe(), HEADER).day.isoformat() == "2026-05-20"


@pytest.mark.parametrize(
    ("header", "camera", "simulated"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_a_simulated_camera_is_named(header: bool, camera: bool, simulated: bool) -> None:
    made = recipe(camera={"simulated": camera})
    assert statement(made, {**HEADER, "simulated": header}).simulated is simulated


@pytest.mark.parametrize("why", ["no key", "a shot of 86a4649", "another recipe"])
def test_without_a_signature_the_recipe_stays_as_it_is(why: str) -> None:
    made = recipe(crop={}) if why != "another recipe" else {"crop": {}}
    key, header = None if why == "no key" else STATION, None if why.startswith("a shot") else HEADER
    assert ENTRY not in signed_recipe(made, header, key)
    assert signed_recipe(made, header, key) == made
