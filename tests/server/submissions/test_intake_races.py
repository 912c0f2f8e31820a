"""Many submissions at the same moment make one row. Without the protection the same race makes several."""

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
VALID_PICTURES = CheckedPictures(
    Preview(FileKind.JPEG, (300, 400), "", b"a preview"), Preview(FileKind.JPEG, (480, 640), "", b"a preview")
)


def at_once(station: StationClient, visits: list[Visit]) -> list[int]:
    with ThreadPoolExecutor(len(visits)) as pool:
        return sorted(response.status_code for response in pool.map(station.submit, visits))


@pytest.fixture
def rendezvous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every request wait for the others after it has checked that it may store and before it stores."""
    barrier = Barrier(AT_ONCE)
    next_version: Callable[..., int] = intake._next_version

    def wait_for_others(*args: Any) -> int:
        version = next_version(*args)
        with suppress(BrokenBarrierError):  # with the protection no other request comes this far
            barrier.wait(MEET_WITHIN)
        return version

    monkeypatch.setattr(intake, "_next_version", wait_for_others)
    # Decoding runs before, two requests at a time; without it they all arrive together.
    monkeypatch.setattr(intake, "check_pictures", lambda *_, **__: VALID_PICTURES)


@pytest.fixture
def unprotected(transactional_db: None, rendezvous: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No transaction around check and write, no lock, no constraint of one open submission, no clash of versions."""
    remove_transactions(monkeypatch, intake)
    monkeypatch.setattr(intake, "lock_students", read_students)
    next_version, serial = intake._next_version, count(1)
    monkeypatch.setattr(intake, "_next_version", lambda *args: next_version(*args) * 100 + next(serial))
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


def test_control_without_protection_several_are_stored(
    unprotected: None, station: StationClient, student: Student
) -> None:
    visits = [Visit.of(student, seed) for seed in range(1, AT_ONCE + 1)]
    at_once(station, visits)
    assert Submission.objects.count() > 1


@pytest.fixture(params=["locked", "unlocked"])
def shared_shot(
    request: pytest.FixtureRequest, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> tuple[bool, Visit, Visit]:
    """Whether the second visit waits for a lock; and two visits with the same shot, of which the second is rejected
    while the first has stored its files and not yet its row."""
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
    locked, accepted, rejected = shared_shot
    stored, ended = Event(), Event()
    create, remove = intake._create_submission, intake.remove_unreferenced

    def creating(*arguments: Any) -> Submission:
        stored.set()
        ended.wait(MEET_WITHIN if locked else scale_timeout(20))  # under the lock the other request does not end
        return create(*arguments)

    def removing(*arguments: Any) -> None:
        remove(*arguments)
        ended.set()

    monkeypatch.setattr(intake, "_create_submission", creating)
    monkeypatch.setattr(intake, "remove_unreferenced", removing)
    with ThreadPoolExecutor(1) as pool:
        response = pool.submit(station.submit, accepted)
        assert stored.wait(scale_timeout(20))
        assert station.submit(rejected).json()["reason"] == "student_withdrawn"
        assert response.result(scale_timeout(20)).status_code == 200
    assert intake.picture_store().path(accepted.envelope.shot.sha256).exists() == locked
