"""A remote student who is signed in, in a campaign with a remote page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from config.errors import Problem
from server.records.models import Campaign, Student
from server.records.people_models import Consent, EnrolmentLink, LinkProof, Person
from server.remote import jobs
from tests.server.accounts.conftest import sign_in_client
from tests.server.conftest import make_campaign, make_student
from tests.server.sample_pictures import portrait_jpeg, shot_jpeg

SOURCES = ["stream", "camera_app", "album"]


@pytest.fixture
def campaign(db: None) -> Campaign:
    return make_campaign(photo_sources=SOURCES, simulated=False)


@pytest.fixture
def person(student: Student) -> Person:
    person = Person.objects.create()
    EnrolmentLink.objects.create(student=student, person=person, proof=LinkProof.ID_NUMBER.value)
    agree(person, student.campaign)
    return person


def agree(person: Person, campaign: Campaign) -> Consent:
    source = f"account page, campaign {campaign.pk}"
    return Consent.objects.create(person=person, text_version="portrait_1", given_at=timezone.now(), source=source)


@pytest.fixture
def phone(person: Person) -> Client:
    """The browser of the signed-in person."""
    return client_of(person)


def client_of(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    sign_in_client(client, person)
    return client


def send_piece(
    client: Client, student: Student, content: bytes, start: int = 0, end: int | None = None, sha256: str = ""
) -> Any:
    return client.patch(
        f"/remote/{student.pk}/photos/{sha256 or sha256_of(content)}",
        content[start:end],
        content_type="application/offset+octet-stream",
        headers={"Upload-Offset": str(start), "Upload-Length": str(len(content))},
    )


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def other_person(campaign: Campaign, serial: int = 2) -> tuple[Person, Student]:
    student = make_student(campaign, serial)
    person = Person.objects.create()
    EnrolmentLink.objects.create(student=student, person=person, proof=LinkProof.ID_NUMBER.value)
    agree(person, campaign)
    return person, student


PHOTO, PORTRAIT = shot_jpeg(3, (600, 800)), portrait_jpeg(3)
FAULT = {
    "rule": "glare",
    "outcome": "fail",
    "value": 0.4,
    "unit": "ratio",
    "min": None,
    "max": 0.2,
    "reason": "rule.glare.high",
}
GOOD = {**FAULT, "rule": "yaw", "outcome": "pass", "reason": ""}
PHOTO_RESULT: dict[str, Any] = {
    "recipe": {"format": 3},
    "verdicts": [GOOD, FAULT],
    "file": {"kind": "jpeg", "width": 600, "height": 800, "camera": "Phone 9", "lens": "front camera 2 mm"},
    "suspicion": {"score": 0.1, "level": "none", "evidence": [["camera", "Phone 9"]], "unable": []},
    "face_share": 0.3,
}


class FakeEngine:
    """A replacement for the engine's process that stores its requests."""

    def __init__(self) -> None:
        self.requests: list[Mapping[str, Any]] = []
        self.problem: Problem | None = None

    def request(self, request: Mapping[str, Any], on_stage: Callable[[str], None]) -> dict[str, Any]:
        self.requests.append(request)
        assert Path(request["photo"]).is_file()
        if self.problem is not None:
            raise self.problem
        Path(request["result"]).write_bytes(PORTRAIT)
        return json.loads(
            json.dumps({**PHOTO_RESULT, "problem_key": ""} if request["task"] == "proof" else PHOTO_RESULT)
        )


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    fake = FakeEngine()
    monkeypatch.setattr(jobs, "ENGINE", fake)
    return fake
