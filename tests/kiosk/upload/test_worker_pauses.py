"""How long the worker's thread waits between two rounds, without a thread: its wait is noted instead of waited."""

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
    noted: list[float] = []

    def wait(seconds: float) -> bool:
        noted.extend([seconds] if seconds else [])
        return len(noted) == rounds

    bench.worker._loop._wait = wait
    bench.worker._loop.run()
    return noted


def test_between_two_visits_that_are_due_nothing_is_waited_for(bench: WorkerHarness) -> None:
    bench.add("a")
    bench.add("b")
    assert waits(bench) == [BACKOFF.idle_interval]
    assert bench.client.submissions == ["a", "b"]


def test_on_a_dead_line_it_waits_as_long_as_the_line_rests_though_the_visit_is_due(bench: WorkerHarness) -> None:
    bench.add("a")
    bench.client.script = [DOWN]
    assert waits(bench, 2) == [10, 10]
    assert bench.client.submissions == ["a"]


@pytest.mark.parametrize("left", [0.5, 9.0])
def test_it_waits_for_the_visit_that_is_due_first(bench: WorkerHarness, left: float) -> None:
    bench.add("a")
    bench.client.script = [TIMEOUT]
    bench.run()
    bench.clock.advance(BACKOFF.first_delay - left)
    assert waits(bench) == [left]


@pytest.mark.parametrize(
    ("error", "reported"),
    [
        (RuntimeError("a bug of ours"), "upload.internal_error"),
        (Problem("upload.outbox_error"), "upload.outbox_error"),
    ],
    ids=repr,
)
def test_what_goes_wrong_outside_a_visit_is_reported_and_tried_again_after_a_while(
    bench: WorkerHarness, monkeypatch: pytest.MonkeyPatch, error: Exception, reported: str
) -> None:
    def fails() -> float | None:
        raise error

    monkeypatch.setattr(bench.outbox, "next_due", fails)
    assert waits(bench, 2) == [BACKOFF.idle_interval, BACKOFF.idle_interval]
    assert bench.statuses == [reported, reported]


def test_a_station_that_is_closed_waits_for_nothing(bench: WorkerHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopping(seconds: float) -> None:
        bench.worker.stop()

    monkeypatch.setattr(bench.outbox, "lease", stopping)
    assert waits(bench) == []


def test_what_a_visit_failed_at_by_itself_does_not_make_the_line_s_first_rest_longer(bench: WorkerHarness) -> None:
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


def test_stopping_does_not_wait_forever_for_a_server_that_does_not_answer(
    bench: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, requested = threading.Event(), threading.Event()

    def hangs(submission: Submission, shot: bytes, portrait: bytes | None) -> SubmissionReceipt:
        requested.set()
        wait_for_event(answers, 60)
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
    assert [queued.state for queued in bench.outbox.entries()] == [OutboxState.LEASED], "its lease brings it back"
    answers.set()
    bench.worker._loop._thread.join()
    assert not bench.worker.is_running
