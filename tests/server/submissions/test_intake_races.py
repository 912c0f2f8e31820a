"""Many submissions at the same moment: one row. With the protection taken away the same race makes many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from itertools import count
from threading import Barrier, BrokenBarrierError
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from kiosk.capture.image_io.file_type import FileKind
from kiosk.capture.isolated_decoding.preview import Preview
from server.records.models import Student
from server.submissions import intake
from server.submissions.models import AuditEntry, Submission
from server.submissions.pictures import CheckedPictures
from tests.server.station_client import StationClient, Visit

AT_ONCE = 6
MEET_WITHIN = 0.6
SOUND = CheckedPictures(
    Preview(FileKind.JPEG, (300, 400), "", b"a preview"), Preview(FileKind.JPEG, (480, 640), "", b"a preview")
)


def at_once(station: StationClient, visits: list[Visit]) -> list[int]:
    with ThreadPoolExecutor(len(visits)) as pool:
        return sorted(answer.status_code for answer in pool.map(station.submit, visits))


@pytest.fixture
def rendezvous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request, having checked that it may be stored, waits for the others before it stores."""
    barrier = Barrier(AT_ONCE)
    checked: Callable[..., int] = intake._next_version

    def waiting(*args: Any) -> int:
        version = checked(*args)
        with suppress(BrokenBarrierError):  # under protection nobody else comes; that is what is to be shown
            barrier.wait(MEET_WITHIN)
        return version

    monkeypatch.setattr(intake, "_next_version", waiting)
    # They are decoded two at a time, before all this; here everybody is to arrive together.
    monkeypatch.setattr(intake, "check_pictures", lambda *_, **__: SOUND)


@pytest.fixture
def unprotected(transactional_db: None, rendezvous: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No transaction around check and write, no constraint of one open submission, no clash of versions."""
    monkeypatch.setattr(intake, "transaction", SimpleNamespace(atomic=nullcontext))
    checked, serial = intake._next_version, count(1)
    monkeypatch.setattr(intake, "_next_version", lambda *args: checked(*args) * 100 + next(serial))
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'one_open_submission_per_student'")
        (made_by,) = cursor.fetchone()
        cursor.execute("DROP INDEX one_open_submission_per_student")
    yield
    AuditEntry.objects.all().delete()
    Submission.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(made_by)


def test_the_same_submission_many_times_is_one(station: StationClient, visit: Visit, rendezvous: None) -> None:
    assert at_once(station, [visit] * AT_ONCE) == [200] * AT_ONCE
    assert Submission.objects.count() == AuditEntry.objects.count() == 1


def test_many_submissions_of_one_student_leave_one(station: StationClient, student: Student, rendezvous: None) -> None:
    visits = [Visit.of(student, seed) for seed in range(1, AT_ONCE + 1)]
    assert at_once(station, visits) == [200] + [409] * (AT_ONCE - 1)
    assert Submission.objects.count() == 1


def test_control_without_protection_the_race_bites(unprotected: None, station: StationClient, student: Student) -> None:
    visits = [Visit.of(student, seed) for seed in range(1, AT_ONCE + 1)]
    at_once(station, visits)
    assert Submission.objects.count() > 1
