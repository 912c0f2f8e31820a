"""A signed statement is sent with its recipe and fits no other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kiosk.capture.proof.documents import OPERATIONS_ON_THE_WIRE
from kiosk.capture.proof.keys import SigningKey
from kiosk.capture.proof.operations import OPERATIONS, operations_of
from kiosk.capture.proof.signing import ENTRY, matches_recipe, read_signed, recipe_text
from kiosk.capture.recipe.recipe import SIGNED_ENTRY
from kiosk.upload.envelope import Consent, FileInfo, Submission, VisitOutcome
from tests.kiosk.capture.proof.samples import ORIGINAL, PORTRAIT, file_entry, recipe, signed


def with_statement(unsigned: dict[str, Any]) -> dict[str, Any]:
    return {**unsigned, ENTRY: signed(unsigned).as_entry()}


def test_a_statement_survives_the_envelope_in_every_number() -> None:
    """Stations and servers write JSON with different libraries; the text that is hashed must not depend on them."""
    files = [
        FileInfo(name="a.jpg", size=len(content), sha256=file_entry(content)["sha256"])
        for content in (ORIGINAL, PORTRAIT)
    ]
    now = "2026-05-20T09:00:00+08:00"
    sent = Submission(
        id="0" * 32,
        campaign="c",
        student="s",
        taken_at=now,  # type: ignore[arg-type]
        identified_by="id_card",
        consent=Consent(text_version="1", given_at=now),  # type: ignore[arg-type]
        outcome=VisitOutcome.ACCEPTED,
        simulated=False,
        shot=files[0],
        portrait=files[1],
        recipe=with_statement(recipe()),
    )
    received = Submission.model_validate_json(sent.model_dump_json()).recipe
    assert received is not None
    statement = read_signed(received)
    assert statement is not None
    assert matches_recipe(statement, received)


def test_verdicts_are_not_in_the_signed_text() -> None:
    assert "verdicts" not in json.loads(recipe_text(with_statement(recipe())))
    assert recipe_text(with_statement(recipe())) == recipe_text(recipe(verdicts={}))


@pytest.mark.parametrize(
    "changes",
    [
        {"crop": {"angle": 1.5}},
        {"portrait": file_entry(b"another")},
        {"shot": file_entry(b"another")},
        {"camera": {}},
        {"repair": {"strokes": [{"tool": "keep"}]}},
    ],
)
def test_a_statement_fits_no_other_recipe(changes: dict[str, Any]) -> None:
    assert not matches_recipe(signed(), recipe(**changes))


def test_a_signature_of_another_station_does_not_fit() -> None:
    assert matches_recipe(signed(), recipe())
    foreign = signed(key=SigningKey(bytes(32))).signature
    assert not matches_recipe(signed().model_copy(update={"signature": foreign}), recipe())


def test_a_recipe_of_an_earlier_station_has_no_statement() -> None:
    assert read_signed(recipe()) is None


@pytest.mark.parametrize(
    "entry", [[], {}, {"statement": {}, "signature": ""}, {**signed().as_entry(), "signature": "x"}]
)
def test_a_malformed_statement_is_an_error(entry: Any) -> None:
    with pytest.raises(ValueError, match="malformed"):
        read_signed(recipe(signed=entry))


@pytest.mark.parametrize("missing", ["shot", "portrait", "crop", "standard"])
def test_a_recipe_without_an_entry_cannot_be_signed(missing: str) -> None:
    with pytest.raises(ValueError, match="cannot be signed"):
        signed({name: value for name, value in recipe().items() if name != missing})


def test_levelling_is_named() -> None:
    assert "rotate" in operations_of(recipe(crop={"angle": -0.8}))
    assert "rotate" not in operations_of(recipe())


def test_names_agree() -> None:
    assert SIGNED_ENTRY == ENTRY
    assert OPERATIONS_ON_THE_WIRE == OPERATIONS
