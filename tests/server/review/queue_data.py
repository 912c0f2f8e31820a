"""Queues for tests: many submissions at once, with or without stored portraits."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from server.members.models import Role
from server.members.roles import grant_role
from server.records.models import Campaign, Student
from server.records.scope import EVERYTHING, Scope
from server.stations.models import Station
from server.submissions.models import Submission
from server.submissions.store import picture_store
from tests.server.sample_pictures import portrait_jpeg

NAMES = ("王小明", "李雷", "韩梅梅", "欧阳娜娜")
ENVELOPE: dict[str, Any] = {
    "identified_by": "id_card",
    "consent": {"text_version": "1", "given_at": "2026-06-01T09:30:00+08:00"},
    "shot": {"name": "shot.jpg", "size": 1, "sha256": "1" * 64},
    "portrait": None,
    "recipe": None,
    "verdicts": [],
    "discarded_shots": [],
    "error": "",
}


def fill_queue(campaign: Campaign, count: int, *, first: int = 1, pictures: bool = False, **details: Any) -> list[str]:
    """Create `count` submissions that passed every rule, one for each new student, the oldest first; return their ids.
    The newest was received a minute ago. `pictures`: store a portrait for each."""
    station, _ = Station.objects.get_or_create(
        token_hash="0" * 64, defaults={"name": "一号站", "paired_at": timezone.now()}
    )
    serials = range(first, first + count)
    students = [_student(campaign, serial) for serial in serials]
    Student.objects.bulk_create(students)
    newest = details.pop("received_at", timezone.now() - timedelta(minutes=1))
    rows = [
        _submission(student, station, newest - timedelta(seconds=count - place), serial, pictures, details)
        for place, (student, serial) in enumerate(zip(students, serials, strict=True))
    ]
    Submission.objects.bulk_create(rows)
    return [row.pk for row in rows]


def _student(campaign: Campaign, serial: int) -> Student:
    return Student(
        id=f"{campaign.pk}{serial:026d}",
        campaign=campaign,
        name=NAMES[serial % len(NAMES)],
        id_number_hmac=f"{serial:064x}",
        last_four=f"{serial % 10_000:04d}",
        student_no=f"2022{serial:06d}",
        class_name=f"计科{serial % 4}班",
    )


def _submission(
    student: Student, station: Station, received_at: datetime, serial: int, pictures: bool, details: dict[str, Any]
) -> Submission:
    return Submission(
        **{
            "id": hashlib.sha256(student.pk.encode()).hexdigest()[:32],
            "student": student,
            "campaign_id": student.campaign_id,
            "station": station,
            "version": 1,
            "shot_sha256": "1" * 64,
            "portrait_sha256": stored_portrait(serial) if pictures else f"{serial:064x}",
            "simulated": False,
            "worst_outcome": "pass",
            "outcome": "accepted",
            "identity_check": "card",
            "taken_at": received_at,
            "received_at": received_at,
            "envelope": ENVELOPE,
            **details,
        }
    )


def stored_portrait(serial: int) -> str:
    """Store one of a few drawn portraits; return its hash."""
    files = picture_store()
    temp_file = files.write_temp([_portrait(serial % 6)])
    files.commit(temp_file)
    temp_file.discard()
    return temp_file.sha256


@cache
def _portrait(seed: int) -> bytes:
    return portrait_jpeg(seed)


def member(name: str, *roles: Role, scope: Scope = EVERYTHING) -> User:
    user, _ = User.objects.get_or_create(username=name)
    for role in roles or (Role.REVIEWER,):
        grant_role(user, role, scope)
    return user


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client
