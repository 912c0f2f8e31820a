"""A station signs its recipes; a recipe that cannot be signed stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.capture.proof.signing import ENTRY, matches_recipe, read_signed
from kiosk.upload.signed_recipe import signed_recipe
from tests.kiosk.capture.proof.samples import STATION, recipe

HEADER = {"taken_at": "2026-05-20T00:10:00+08:00", "simulated": False}


def statement(unsigned: dict[str, Any], header: dict[str, Any]) -> Any:
    signed = read_signed(signed_recipe(unsigned, header, STATION))
    assert signed is not None
    assert matches_recipe(signed, unsigned)
    return signed.statement


def test_the_day_is_that_of_the_stations_clock_and_time_zone() -> None:
    assert statement(recipe(), HEADER).day.isoformat() == "2026-05-20"


@pytest.mark.parametrize(
    ("header", "camera", "simulated"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_a_simulated_camera_is_recorded(header: bool, camera: bool, simulated: bool) -> None:
    unsigned = recipe(camera={"simulated": camera})
    assert statement(unsigned, {**HEADER, "simulated": header}).simulated is simulated


@pytest.mark.parametrize("why", ["no key", "a shot of 86a4649", "another recipe"])
def test_without_a_signature_the_recipe_stays_as_it_is(why: str) -> None:
    unsigned = recipe(crop={}) if why != "another recipe" else {"crop": {}}
    key, header = None if why == "no key" else STATION, None if why.startswith("a shot") else HEADER
    assert ENTRY not in signed_recipe(unsigned, header, key)
    assert signed_recipe(unsigned, header, key) == unsigned
