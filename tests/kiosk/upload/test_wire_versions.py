"""Stations and servers of wire version 1 and of the present one work together in either order of updating."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest
import requests
from pydantic import ValidationError

from kiosk.upload.client import Client
from kiosk.upload.envelope import VERSION, Consent, Submission, VerdictPayload
from kiosk.upload.outbox.photo_header import PhotoHeader
from kiosk.upload.roster_payload import CampaignPayload, RosterPayload, StudentPayload
from kiosk.upload.wire_names import NAMES_OF_VERSION_1, from_version_1, to_version_1
from tests.kiosk.upload.chunk_server import ChunkServer
from tests.kiosk.upload.http_double import TOKEN
from tests.paths import ROOT

FIRST_RELEASE = ROOT / "tests" / "kiosk" / "upload" / "first_release"
ENVELOPE = json.loads((FIRST_RELEASE / "envelope.json").read_text(encoding="utf-8"))
ROSTER = json.loads((FIRST_RELEASE / "roster.json").read_text(encoding="utf-8"))
SHOT = b"a shot of 33 bytes without pixels"
PAYLOADS = {
    kind.__name__: kind
    for kind in (Submission, Consent, VerdictPayload, RosterPayload, CampaignPayload, StudentPayload)
}


@pytest.fixture
def server() -> Iterator[ChunkServer]:
    with ChunkServer() as running:
        yield running


@pytest.fixture
def submission() -> Submission:
    shot = {"name": "IMG_1.JPG", "size": len(SHOT), "sha256": hashlib.sha256(SHOT).hexdigest()}
    return Submission.model_validate(
        {**ENVELOPE, "version": VERSION, "shot": shot, "portrait": None, "last_four": "123X"}
    )


def client_of(server: ChunkServer, session: requests.Session) -> Client:
    return Client("http://{}:{}".format(*server.address), TOKEN, session, sleep=lambda seconds: None)


@pytest.mark.parametrize("kind", NAMES_OF_VERSION_1)
def test_every_new_name_is_a_field_and_no_old_one_is(kind: str) -> None:
    fields = PAYLOADS[kind].model_fields.keys()
    assert set(NAMES_OF_VERSION_1[kind].values()) <= fields
    assert fields.isdisjoint(NAMES_OF_VERSION_1[kind])


@pytest.mark.parametrize(("kind", "old"), [(kind, old) for kind, names in NAMES_OF_VERSION_1.items() for old in names])
def test_every_old_name_is_read(kind: str, old: str) -> None:
    invalid = object()
    with pytest.raises(ValidationError) as caught:
        PAYLOADS[kind].model_validate({old: invalid})
    assert any(error["input"] is invalid for error in caught.value.errors())


def test_an_old_envelope_becomes_a_current_one_and_an_old_one_again() -> None:
    current = from_version_1(ENVELOPE, "Submission")
    assert current.keys().isdisjoint(NAMES_OF_VERSION_1["Submission"])
    assert current["consent"]["prompts_shown"] == ["glasses", "jewellery"]
    assert current["recipe"] == ENVELOPE["recipe"], "a recipe is not one of our payloads"
    assert to_version_1(current, "Submission") == ENVELOPE


def test_an_old_roster_becomes_a_current_one_and_an_old_one_again() -> None:
    current = from_version_1(ROSTER, "RosterPayload")
    assert current["students"][0]["id_number_hmac"] == ROSTER["students"][0]["number_hash"]
    assert to_version_1(current, "RosterPayload") == ROSTER


def test_names_in_a_recipe_are_not_translated() -> None:
    recipe = {"low": 1, "min": 2, "asked": {"trouble": 3}, "error": 4}
    values = {**ENVELOPE, "recipe": recipe}
    assert from_version_1(values, "Submission")["recipe"] == recipe
    assert to_version_1(from_version_1(values, "Submission"), "Submission")["recipe"] == recipe
    assert Submission.model_validate(values).recipe == recipe


def test_if_both_names_are_present_the_current_one_counts() -> None:
    assert Submission.model_validate({**ENVELOPE, "trouble": "old", "error": "new"}).error == "new"


def test_a_current_server_gets_current_names(
    server: ChunkServer, session: requests.Session, submission: Submission
) -> None:
    client_of(server, session).submit(submission, SHOT, None)
    [envelope] = server.envelopes
    assert (envelope["version"], envelope["outcome"]) == (VERSION, "accepted")
    assert envelope.keys().isdisjoint(NAMES_OF_VERSION_1["Submission"])


def test_a_server_that_announces_version_1_gets_version_1(
    server: ChunkServer, session: requests.Session, submission: Submission
) -> None:
    server.wire_version = "1"
    client_of(server, session).submit(submission, SHOT, None)
    [envelope] = server.envelopes
    assert (envelope["version"], envelope["ending"], envelope["retaken"]) == (1, "accepted", ENVELOPE["retaken"])
    assert envelope["verdicts"] == ENVELOPE["verdicts"]
    assert envelope["consent"]["asked"] == ["glasses", "jewellery"]
    assert envelope["last_four"] == "123X", "version 1 ignores unknown fields, so nothing is left out"
    assert "outcome" not in envelope


def test_a_server_that_was_updated_meanwhile_gets_current_names(
    server: ChunkServer, session: requests.Session, submission: Submission
) -> None:
    client = client_of(server, session)
    server.wire_version = "1"
    client.submit(submission, SHOT, None)
    server.wire_version = str(VERSION)
    client.submit(submission, SHOT, None)
    assert [envelope["version"] for envelope in server.envelopes] == [1, VERSION]


def test_an_old_servers_roster_is_read(server: ChunkServer, session: requests.Session) -> None:
    server.script.append(lambda exchange: exchange.respond(200, ROSTER, own_headers=False))
    roster = client_of(server, session).roster()
    assert roster.students[0].id_number_hmac == ROSTER["students"][0]["number_hash"]
    assert roster.campaigns[0].opens_at.isoformat() == "2026-05-19T12:00:00+00:00"
    assert roster.generated_at.isoformat() == "2026-05-20T12:00:00+00:00"


def test_the_header_of_an_old_encrypted_file_is_read() -> None:
    header = PhotoHeader.model_validate(
        {
            **{name: ENVELOPE[name] for name in ("campaign", "student", "taken_at", "identified_by", "consent")},
            "kind": "portrait",
            "visit": ENVELOPE["id"],
            "name": "王*明",
            "simulated": True,
            "file": "x.zgv",
            "camera_name": "portrait.jpg",
            "written_at": 1.5,
            "verdicts": ENVELOPE["verdicts"],
        }
    )
    assert header.consent.prompts_shown == ("glasses", "jewellery")
    assert (header.verdicts[0].min, header.verdicts[0].max) == (0.2, None)
