"""The worker: no visit is dropped, none blocks the others, and the status is reported."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from config.errors import Problem
from kiosk.capture.storage import FileStore
from kiosk.capture.types import PhotoProblem
from kiosk.upload.client import Client
from kiosk.upload.envelope import Submission, SubmissionReceipt, VisitOutcome
from kiosk.upload.errors import ServerUnreachable, SubmissionRejected, Unauthorized
from kiosk.upload.outbox.models import QueueStats
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.worker import BackoffPolicy, UploadWorker
from tests.kiosk.upload.http_double import Exchange, ServerDouble
from tests.kiosk.upload.samples import PORTRAIT, RECIPE, REJECTION, SHOT, VERDICT, ManualClock, draft, receipt_for
from tests.waiting import scale_timeout

TIMEOUT_S = 10.0
BACKOFF = BackoffPolicy(first_delay=10, max_delay=100, lease_duration=60, idle_interval=30)
DOWN = ServerUnreachable("upload.unreachable")
TIMEOUT = ServerUnreachable("upload.timeout")


class ScriptedClient:
    """Raises the errors of `script`, then accepts; `submissions` lists the students in the order of the attempts."""

    def __init__(self) -> None:
        self.script: list[Problem | None] = []
        self.submissions: list[str] = []

    def submit(self, submission: Submission, shot: bytes, portrait: bytes | None) -> SubmissionReceipt:
        self.submissions.append(submission.student)
        problem = self.script.pop(0) if self.script else None
        if problem is not None:
            raise problem
        assert shot.startswith(SHOT)
        return receipt_for(submission)


class WorkerHarness:
    """A worker with a manual clock, and the statuses that it reports."""

    def __init__(self, outbox: Outbox, originals: FileStore, clock: ManualClock) -> None:
        self.outbox, self.originals, self.clock = outbox, originals, clock
        self.client = ScriptedClient()
        self.statuses: list[str | None] = []
        self.worker = UploadWorker(
            outbox,
            self.client,
            originals,
            clock,
            lambda problem: self.statuses.append(problem.key if problem else None),
            BACKOFF,
            jitter=lambda: 1.0,
        )

    def add(self, student: str) -> str:
        visit = self.outbox.create(draft(student), self.originals.store(SHOT + student.encode(), "IMG.JPG"))
        self.outbox.record_result(visit, self.originals.store(PORTRAIT, "p.jpg"), RECIPE, [VERDICT])
        self.outbox.mark_ready(visit, VisitOutcome.ACCEPTED)
        return visit

    def run(self) -> list[str]:
        """Run the worker until nothing is due; return the students that it tried to send."""
        before = len(self.client.submissions)
        while self.worker.send_next():
            assert len(self.client.submissions) < before + 50
        return self.client.submissions[before:]


@pytest.fixture
def bench(outbox: Outbox, originals: FileStore, clock: ManualClock) -> WorkerHarness:
    return WorkerHarness(outbox, originals, clock)


def test_all_is_sent_in_order_and_leaves_no_picture(bench: WorkerHarness) -> None:
    for student in "abc":
        bench.add(student)
    assert bench.run() == ["a", "b", "c"]
    assert bench.outbox.stats() == QueueStats(sent=3)
    assert list(bench.originals.folder.iterdir()) == []
    assert bench.statuses == [None, None, None]


def test_the_pictures_of_a_sent_visit_are_deleted_before_the_next_is_sent(bench: WorkerHarness) -> None:
    bench.add("a")
    assert bench.worker.send_next()
    assert list(bench.originals.folder.iterdir()) == []


def test_sent_pictures_may_be_kept(bench: WorkerHarness) -> None:
    bench.add("a")
    UploadWorker(bench.outbox, bench.client, bench.originals, bench.clock, keep_sent_files=True).send_next()
    assert bench.outbox.stats().sent == 1
    assert len(list(bench.originals.folder.iterdir())) == 2


def test_pictures_that_a_crash_left_behind_are_deleted_when_nothing_is_due(bench: WorkerHarness) -> None:
    bench.add("a")
    UploadWorker(bench.outbox, bench.client, bench.originals, bench.clock, keep_sent_files=True).send_next()
    assert not bench.worker.send_next()
    assert list(bench.originals.folder.iterdir()) == []


def test_a_visit_without_a_portrait_is_sent_too(bench: WorkerHarness) -> None:
    visit = bench.outbox.create(draft("a"), bench.originals.store(SHOT, "IMG.JPG"))
    bench.outbox.mark_ready(visit, VisitOutcome.INTERRUPTED)
    assert bench.run() == ["a"]
    assert (bench.statuses, bench.outbox.stats()) == ([None], QueueStats(sent=1))


def test_an_unreachable_server_ends_the_round(bench: WorkerHarness) -> None:
    for student in "abc":
        bench.add(student)
    bench.client.script = [DOWN]
    assert bench.run() == ["a"]  # not every visit is tried while the server is unreachable
    assert bench.statuses == ["upload.unreachable"]
    assert bench.outbox.stats().last_error == str(DOWN)
    bench.clock.advance(10)
    assert bench.run() == ["a", "b", "c"]


def idle_after(bench: WorkerHarness, problem: Problem) -> float:
    bench.client.script = [problem]
    bench.run()
    return bench.worker._retry_at - bench.clock.now


def test_the_pause_doubles_to_its_cap_and_starts_again_after_success(bench: WorkerHarness) -> None:
    bench.add("a")
    pauses = []
    for _ in range(6):
        pauses.append(idle_after(bench, DOWN))
        assert bench.run() == []
        bench.clock.advance(pauses[-1])
    assert pauses == [10, 20, 40, 80, 100, 100]
    assert bench.run() == ["a"]
    bench.add("b")
    assert idle_after(bench, DOWN) == 10


def test_the_pause_is_spread_between_half_and_whole(bench: WorkerHarness) -> None:
    bench.add("a")
    bench.worker._jitter = lambda: 0.0
    assert idle_after(bench, DOWN) == 5


def test_a_short_pause_is_not_spread(bench: WorkerHarness) -> None:
    bench.worker._backoff = replace(BACKOFF, first_delay=0.5)
    bench.add("a")
    assert idle_after(bench, DOWN) == 0.5


def test_the_servers_own_pause_is_honoured_up_to_the_cap(bench: WorkerHarness) -> None:
    bench.add("a")
    assert idle_after(bench, ServerUnreachable("upload.busy", retry_after=42.0)) == 42
    bench.worker.wake()
    assert idle_after(bench, ServerUnreachable("upload.busy", retry_after=1e6)) == 100


def test_a_wake_up_ends_the_pause(bench: WorkerHarness) -> None:
    bench.add("a")
    idle_after(bench, DOWN)
    assert bench.run() == []
    bench.worker.wake()
    assert bench.run() == ["a"]


def test_one_bad_visit_does_not_hold_up_the_others(bench: WorkerHarness) -> None:
    for student in "abc":
        bench.add(student)
    bench.client.script = [TIMEOUT]
    assert bench.run() == ["a", "b", "c"]
    assert bench.outbox.stats().waiting == 1
    assert bench.run() == []
    bench.clock.advance(10)
    assert bench.run() == ["a"]
    assert bench.outbox.stats() == QueueStats(sent=3)


def test_a_visit_that_keeps_failing_waits_longer_each_time(bench: WorkerHarness) -> None:
    bench.add("a")
    waits = []
    for _ in range(6):
        bench.client.script = [TIMEOUT]
        bench.run()
        due = bench.outbox.next_due()
        assert due is not None
        waits.append(due - bench.clock.now)
        bench.clock.now = due
    assert waits == [10, 20, 40, 80, 100, 100]


def test_a_refused_visit_waits_for_a_person_and_the_server_counts_as_reached(bench: WorkerHarness) -> None:
    bench.add("a")
    bench.add("b")
    bench.client.script = [SubmissionRejected("upload.refused", REJECTION)]
    assert bench.run() == ["a", "b"]
    assert bench.statuses == [None, None]
    counts = bench.outbox.stats()
    assert (counts.rejected, counts.sent) == (1, 1)
    assert len(list(bench.originals.folder.iterdir())) == 2  # the refused visit's pictures are still here


def test_an_unauthorized_station_stops_sending_and_reports_it(bench: WorkerHarness) -> None:
    bench.add("a")
    bench.add("b")
    bench.client.script = [Unauthorized("upload.not_paired")]
    assert bench.run() == ["a"]
    assert bench.statuses == ["upload.not_paired"]
    assert bench.run() == []
    assert bench.outbox.stats().ready == 2


def test_a_picture_that_is_gone_is_reported_and_does_not_hold_up_the_others(bench: WorkerHarness) -> None:
    lost = bench.add("a")
    bench.add("b")
    bench.outbox.get(lost).shot_file.path.unlink()
    assert bench.run() == ["b"]
    assert bench.statuses == ["photo.missing", None]
    counts = bench.outbox.stats()
    assert (counts.ready, counts.sent) == (1, 1)
    assert counts.last_error == str(PhotoProblem("photo.missing", name="IMG.JPG"))
    assert bench.outbox.next_due() == bench.clock.now + BACKOFF.max_delay


@pytest.mark.parametrize("error", [ValueError("990101200301020011"), KeyError("x"), TypeError("x"), RuntimeError("x")])
def test_a_visit_that_can_never_be_sent_waits_for_a_person(
    bench: WorkerHarness, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """86a4649 failed at it again after every lease, and did not report this visit."""
    bad = bench.add("a")
    bench.add("b")
    bench.add("c")
    submit = bench.client.submit

    def fail_for_a(submission: Submission, shot: bytes, portrait: bytes | None) -> SubmissionReceipt:
        if submission.student == "a":
            raise error
        return submit(submission, shot, portrait)

    monkeypatch.setattr(bench.client, "submit", fail_for_a)
    assert bench.run() == ["b", "c"]
    counts = bench.outbox.stats()
    assert (counts.sent, counts.leased) == (2, 0)
    (entry,) = [visit for visit in bench.outbox.entries() if visit.id == bad]
    assert entry.last_error
    assert "990101" not in entry.last_error


@pytest.mark.parametrize("idle_interval", [30, 200])
def test_a_visit_that_causes_an_internal_error_is_retried_after_the_longest_pause(
    bench: WorkerHarness, idle_interval: int
) -> None:
    bench.worker._backoff = replace(BACKOFF, idle_interval=idle_interval)
    bench.add("a")
    bench.client.script = [cast(Problem, RuntimeError("a bug of ours"))]
    assert bench.run() == ["a"]
    assert bench.statuses == ["upload.internal_error"]
    assert bench.outbox.stats().last_error == str(Problem("upload.internal_error"))
    assert bench.outbox.next_due() == bench.clock.now + max(BACKOFF.max_delay, idle_interval)


def test_a_file_name_that_is_too_long_for_the_envelope_is_shortened(bench: WorkerHarness) -> None:
    visit = bench.outbox.create(draft("a"), bench.originals.store(SHOT + b"a", "x" * 300 + ".JPG"))
    bench.outbox.record_result(visit, bench.originals.store(PORTRAIT, "p" * 300 + ".jpg"), RECIPE, [VERDICT])
    bench.outbox.mark_ready(visit, VisitOutcome.ACCEPTED)
    bench.add("b")
    assert bench.run() == ["a", "b"]
    assert bench.outbox.stats().sent == 2


def test_a_row_that_cannot_be_understood_does_not_hold_up_the_others(tmp_path: Path, bench: WorkerHarness) -> None:
    broken = bench.add("a")
    bench.add("b")
    with sqlite3.connect(tmp_path / "outbox.db") as other:
        other.execute("UPDATE visits SET consent = '{' WHERE id = ?", [broken])
    other.close()
    assert bench.run() == ["b"]
    assert bench.statuses == ["upload.unreadable_row", None]


@pytest.fixture
def statuses() -> queue.Queue[str | None]:
    return queue.Queue()


@pytest.fixture
def thread(
    outbox: Outbox, originals: FileStore, client: Client, statuses: queue.Queue[str | None]
) -> Iterator[UploadWorker]:
    backoff = BackoffPolicy(first_delay=0.01, max_delay=0.02, idle_interval=TIMEOUT_S)
    worker = UploadWorker(
        Outbox(outbox.path),
        client,
        originals,
        on_status=lambda p: statuses.put(p.key if p else None),
        backoff=backoff,
    )
    yield worker
    worker.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "upload"]


def test_the_thread_waits_for_a_wake_up_and_retries_automatically(
    bench: WorkerHarness, thread: UploadWorker, double: ServerDouble, statuses: queue.Queue[str | None]
) -> None:
    thread.start()
    (running,) = [thread for thread in threading.enumerate() if thread.name == "upload"]
    assert running.daemon, "a hanging connection must not keep the program from ending"
    double.script = [lambda exchange: exchange.respond(503, b""), Exchange.drop_connection]
    visit = bench.add("a")
    thread.wake()
    assert [statuses.get(timeout=scale_timeout(TIMEOUT_S)) for _ in range(3)] == [
        "upload.busy",
        "upload.unreachable",
        None,
    ]
    assert list(double.stored) == [visit]


def test_an_internal_error_does_not_end_the_thread(
    bench: WorkerHarness, thread: UploadWorker, statuses: queue.Queue[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = thread._client
    monkeypatch.setattr(thread, "_client", object())
    bench.add("a")
    thread.start()
    thread.wake()
    assert statuses.get(timeout=scale_timeout(TIMEOUT_S)) == "upload.internal_error"
    monkeypatch.setattr(thread, "_client", real)
    bench.add("b")
    thread.wake()
    assert statuses.get(timeout=scale_timeout(TIMEOUT_S)) is None


def test_an_outbox_that_fails_for_a_while_does_not_end_the_thread(
    bench: WorkerHarness, thread: UploadWorker, statuses: queue.Queue[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = thread._outbox.next_due

    def broken() -> float | None:
        raise Problem("upload.outbox_error", path="outbox.db", why="disk I/O error")

    monkeypatch.setattr(thread._outbox, "next_due", broken)
    thread.start()
    assert statuses.get(timeout=scale_timeout(TIMEOUT_S)) == "upload.outbox_error"
    monkeypatch.setattr(thread._outbox, "next_due", real)
    bench.add("a")
    thread.wake()
    assert statuses.get(timeout=scale_timeout(TIMEOUT_S)) is None


def test_stopping_before_the_start_and_twice(bench: WorkerHarness) -> None:
    bench.add("a")
    bench.worker.stop()
    bench.worker.stop()
    assert bench.outbox.stats().ready == 1
