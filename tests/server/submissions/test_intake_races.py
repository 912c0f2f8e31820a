"""Many submissions at the same moment: one row. With the protection taken away the same race makes many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from threading import Barrier, BrokenBarrierError, Event
from typing import Any

import pytest
from django.db import connection

from kiosk.capture.image_io.file_type import FileKind
from kiosk.capture.isolated_decoding.preview import Preview
from kiosk.upload.roster_payload import StudentState
from server.notices.models import Notice
from server.records.models import Campaign, Student
from server.submissions import incoming_files, intake
from server.submissions.models import AuditEntry, Submission
from server.submissions.pictures import CheckedPictures
from tests.server.conftest import make_student
from tests.server.races import read_students, remove_transactions
from tests.server.station_client import StationClient, Visit
from tests.waiting import scale_timeout

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
    """No transaction around check and write, no lock, no constraint of one open submission, no clash of versions."""
    remove_transactions(monkeypatch, intake)
    monkeypatch.setattr(intake, "lock_students", read_students)
    checked, serial = intake._next_version, count(1)
    monkeypatch.setattr(intake, "_next_version", lambda *args: checked(*args) * 100 + next(serial))
    names = {constraint.name: constraint for constraint in Submission._meta.constraints}
    one_open = names["one_open_submission_per_student"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Submission, one_open)
    yield
    AuditEntry.objects.all().delete()
    Notice.objects.all().delete()
    Submission.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Submission, one_open)


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


@pytest.fixture(params=["locked", "unlocked"])
def shared_shot(
    request: pytest.FixtureRequest, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> tuple[bool, Visit, Visit]:
    """Two visits with the same shot, of which the second is rejected while the first has stored its files and not yet
    its row; and whether the second waits."""
    first, second = make_student(campaign, 1), make_student(campaign, 2, state=StudentState.WITHDRAWN.value)
    locked = request.param == "locked"
    if not locked:
        monkeypatch.setattr(intake, "lock_students", read_students)
        for module in (intake, incoming_files):
            remove_transactions(monkeypatch, module)
            monkeypatch.setattr(module, "lock_names", lambda *_: None)
    return locked, Visit.of(first), Visit.of(second)


def test_a_rejected_visit_leaves_the_files_of_another(
    shared_shot: tuple[bool, Visit, Visit], station: StationClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked, kept, rejected = shared_shot
    stored, ended = Event(), Event()
    create, remove = intake._create_submission, intake.remove_unreferenced

    def creating(*arguments: Any) -> Submission:
        stored.set()
        ended.wait(MEET_WITHIN if locked else scale_timeout(20))  # under the lock the other one does not end
        return create(*arguments)

    def removing(*arguments: Any) -> None:
        remove(*arguments)
        ended.set()

    monkeypatch.setattr(intake, "_create_submission", creating)
    monkeypatch.setattr(intake, "remove_unreferenced", removing)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(station.submit, kept)
        assert stored.wait(scale_timeout(20))
        assert station.submit(rejected).json()["reason"] == "student_withdrawn"
        assert answer.result(scale_timeout(20)).status_code == 200
    assert intake.picture_store().path(kept.envelope.shot.sha256).exists() == locked
