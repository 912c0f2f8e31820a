"""A remote student who is signed in, in a campaign with a remote page."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.test import Client

from server.records.models import Campaign, EnrolmentLink, LinkProof, Person, Student
from tests.server.accounts.conftest import sign_in_client
from tests.server.conftest import make_campaign, make_student

SOURCES = ["stream", "camera_app", "album"]


@pytest.fixture
def campaign(db: None) -> Campaign:
    return make_campaign(photo_sources=SOURCES, simulated=False)


@pytest.fixture
def person(student: Student) -> Person:
    person = Person.objects.create()
    EnrolmentLink.objects.create(student=student, person=person, proof=LinkProof.ID_NUMBER.value)
    return person


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
    return person, student
