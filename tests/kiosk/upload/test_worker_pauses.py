"""The pauses of the worker between two rounds; they are recorded, and no thread waits."""

from __future__ import annotations

import threading

import pytest

from config.errors import Problem
from kiosk.upload.envelope import Submission, SubmissionReceipt
from kiosk.upload.errors import SubmissionRejected
from kiosk.upload.outbox.models import OutboxState
from kiosk.upload.worker import UploadStopped
from tests.kiosk.upload.samples import REJECTION
from tests.kiosk.upload.test_worker import BACKOFF, DOWN, TIMEOUT, WorkerHarness, bench, idle_after
from tests.waiting import eventually, wait_for_event

__all__ = ["bench"]


def waits(bench: WorkerHarness, rounds: int = 1) -> list[float]:
    """Run the worker's loop on this thread; return the first `rounds` waits between its steps."""
    recorded: list[float] = []

    def wait(seconds: float) -> bool:
        recorded.extend([seconds] if seconds else [])
        return len(recorded) == rounds

    bench.worker._loop._wait = wait
    bench.worker._loop.run()
    return recorded


def test_between_two_visits_that_are_due_it_does_not_wait(bench: WorkerHarness) -> None:
    bench.add("a")
    bench.add("b")
    assert waits(bench) == [BACKOFF.idle_interval]
    assert bench.client.submissions == ["a", "b"]


def test_without_a_connection_it_waits_for_the_pause_although_the_visit_is_due(bench: WorkerHarness) -> None:
    bench.add("a")
    bench.client.script = [DOWN]
    assert waits(bench, 2) == [10, 10]
    assert bench.client.submissions == ["a"]


@pytest.mark.parametrize("remaining", [0.5, 9.0])
def test_it_waits_for_the_visit_that_is_due_first(bench: WorkerHarness, remaining: float) -> None:
    bench.add("a")
    bench.client.script = [TIMEOUT]
    bench.run()
    bench.clock.advance(BACKOFF.first_delay - remaining)
    assert waits(bench) == [remaining]


@pytest.mark.parametrize(
    ("error", "reported"),
    [
        (RuntimeError("a bug of ours"), "upload.internal_error"),
        (Problem("upload.outbox_error"), "upload.outbox_error"),
    ],
    ids=repr,
)
def test_an_error_outside_a_visit_is_reported_and_retried_after_a_while(
    bench: WorkerHarness, monkeypatch: pytest.MonkeyPatch, error: Exception, reported: str
) -> None:
    def fails() -> float | None:
        raise error

    monkeypatch.setattr(bench.outbox, "next_due", fails)
    assert waits(bench, 2) == [BACKOFF.idle_interval, BACKOFF.idle_interval]
    assert bench.statuses == [reported, reported]


def test_a_station_that_is_closed_does_not_wait(bench: WorkerHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopping(seconds: float) -> None:
        bench.worker.stop()

    monkeypatch.setattr(bench.outbox, "lease", stopping)
    assert waits(bench) == []


def test_failures_of_one_visit_do_not_lengthen_the_first_pause_after_a_lost_connection(bench: WorkerHarness) -> None:
    bench.add("a")
    for _ in range(4):
        bench.client.script = [TIMEOUT]
        bench.run()
        bench.clock.advance(BACKOFF.max_delay)
    assert idle_after(bench, DOWN) == BACKOFF.first_delay


def test_once_the_station_is_closed_an_upload_ends_before_its_next_piece(bench: WorkerHarness) -> None:
    bench.worker.raise_if_stopping()
    bench.worker.stop()
    with pytest.raises(UploadStopped):
        bench.worker.raise_if_stopping()


def test_stopping_does_not_wait_indefinitely_for_a_server_that_does_not_respond(
    bench: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, requested = threading.Event(), threading.Event()

    def hangs(submission: Submission, shot: bytes, portrait: bytes | None) -> SubmissionReceipt:
        requested.set()
        wait_for_event(released, 60)
        raise SubmissionRejected("upload.refused", REJECTION)

    bench.worker._loop._join_timeout = 0.01
    monkeypatch.setattr(bench.client, "submit", hangs)
    bench.add("a")
    bench.worker.start()
    assert wait_for_event(requested)
    closing = threading.Thread(target=bench.worker.stop)
    closing.start()
    eventually(lambda: not closing.is_alive())
    assert bench.worker.is_running, "the station leaves the outbox open"
    assert [queued.state for queued in bench.outbox.entries()] == [OutboxState.LEASED], (
        "it is sent again when its lease ends"
    )
    released.set()
    bench.worker._loop._thread.join()
    assert not bench.worker.is_running
