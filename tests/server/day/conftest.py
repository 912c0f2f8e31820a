"""People who see the capture day, and a campaign with students in every state."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kiosk.upload.roster_payload import StudentState
from server.members.models import Role
from server.records.models import Campaign, School, Student
from server.records.scope import EVERYTHING, Scope
from server.records.window_models import CaptureWindow, WindowKind
from server.stations.models import Heartbeat, LastFourConfirmation, Station
from server.submissions.models import Submission
from server.submissions.states import State
from tests.server.clerk.conftest import client_of
from tests.server.conftest import make_student
from tests.server.submissions.reviewing import submission_of

_SERIALS = itertools.count(1)
DAY = timedelta(days=1)


def make_station(name: str = "一号站", **heartbeat: Any) -> Station:
    """Create a station that has just connected; with `heartbeat` values it has also reported its state."""
    now = timezone.now()
    station = Station.objects.create(name=name, token_hash=f"{next(_SERIALS):064x}", paired_at=now, last_seen=now)
    if heartbeat:
        Heartbeat.objects.create(station=station, **{"received_at": now, **heartbeat})
    return station


def submit(student: Student, state: State = State.RECEIVED, kind: str = "finished", **details: Any) -> Submission:
    """Create a submission as a station delivers it, and set the student's state as the intake does."""
    number = next(_SERIALS)
    values = {"id": f"{number:032x}", "version": number, "taken_at": timezone.now(), "received_at": timezone.now()}
    submission = submission_of(student, state, kind, **{**values, **details})
    if kind == "finished" and state not in (State.REJECTED, State.WITHDRAWN, State.SUPERSEDED):
        Student.objects.filter(pk=student.pk).update(state=StudentState.CAPTURED.value)
    return submission


def identify(student: Student, at: datetime | None = None) -> None:
    """Confirm the student's last four characters at a station."""
    LastFourConfirmation.objects.create(student=student, station=make_station("登记"), at=at or timezone.now())


def close(campaign: Campaign) -> Campaign:
    """End the campaign five days ago."""
    now = timezone.now()
    Campaign.objects.filter(pk=campaign.pk).update(opens_at=now - 30 * DAY, closes_at=now - 5 * DAY)
    campaign.refresh_from_db()
    return campaign


def make_window(campaign: Campaign, kind: WindowKind = WindowKind.MAKE_UP, opens: int = -1) -> CaptureWindow:
    """Create a window of two days that opens `opens` days from now."""
    opens_at = timezone.now() + opens * DAY
    return CaptureWindow.objects.create(
        campaign=campaign, kind=kind.value, opens_at=opens_at, closes_at=opens_at + 2 * DAY, place="图书馆"
    )


@pytest.fixture
def operator(db: None) -> Client:
    return client_of("op", EVERYTHING, Role.OPERATOR)


@pytest.fixture
def clerk(db: None) -> Client:
    return client_of("lan", EVERYTHING)


@pytest.fixture
def foreign_operator(db: None) -> Client:
    School.objects.create(code="99002", name="他校")
    return client_of("other", Scope(schools=("99002",)), Role.OPERATOR)


@pytest.fixture
def mixed(campaign: Campaign) -> Campaign:
    """A campaign: class A has one student in each state, class B one who is expected."""
    names = ("expected", "identified", "yesterday", "interrupted", "received", "approved", "rejected", "withdrawn")
    students = {name: make_student(campaign, n, name=name, class_name="A班") for n, name in enumerate(names, 1)}
    identify(students["identified"])
    identify(students["yesterday"], timezone.now() - 2 * DAY)
    submit(students["interrupted"], kind="broken_off")
    submit(students["received"])
    submit(students["approved"], State.CONFIRMED)
    submit(students["rejected"], State.REJECTED)
    Student.objects.filter(name="withdrawn").update(state=StudentState.WITHDRAWN.value)
    make_student(campaign, 20, name="other", class_name="B班")
    return campaign
