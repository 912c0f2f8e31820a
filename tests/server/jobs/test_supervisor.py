"""The worker alongside the server: restarted when it ends, stopped with the server, killed if it hangs."""

from __future__ import annotations

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest

from server.jobs import supervisor as module
from server.jobs.supervisor import RESTART_DELAYS_S, Supervisor


class FakeInput:
    def __init__(self, process: FakeProcess) -> None:
        self._process = process

    def close(self) -> None:
        self._process.closed = True
        if not self._process.hangs:
            self._process.end(0)


class FakeProcess:
    """A process that ends when the test calls `end`, or when its input is closed."""

    def __init__(self, hangs: bool = False) -> None:
        self.hangs, self.closed, self.killed = hangs, False, False
        self.stdin: Any = FakeInput(self)
        self._status: SimpleQueue[int] = SimpleQueue()

    def end(self, status: int) -> None:
        self._status.put(status)

    def wait(self, timeout: float | None = None) -> int:
        return self._status.get(timeout=30)

    def kill(self) -> None:
        self.killed = True
        self.end(-9)


class FakeWait(Event):
    """Records the delays before a restart instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.delays: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.delays.append(timeout or 0)
        return self.is_set()


@pytest.fixture
def launched() -> SimpleQueue[FakeProcess]:
    return SimpleQueue()


def make_supervisor(
    launched: SimpleQueue[FakeProcess], processes: Iterator[FakeProcess], seconds: list[float]
) -> Supervisor:
    def launch() -> FakeProcess:
        process = next(processes)
        launched.put(process)
        return process

    supervisor = Supervisor(launch, lambda: seconds[0])
    supervisor._stopping = FakeWait()
    return supervisor


def test_a_worker_that_ends_is_restarted_after_growing_delays(
    launched: SimpleQueue[FakeProcess], caplog: pytest.LogCaptureFixture
) -> None:
    seconds = [0.0]
    supervisor = make_supervisor(launched, iter(FakeProcess() for _ in range(9)), seconds)
    supervisor.start()
    for _ in range(4):
        launched.get(timeout=30).end(-9)
    fifth = launched.get(timeout=30)
    seconds[0] = module.HEALTHY_AFTER_S
    fifth.end(1)
    launched.get(timeout=30)
    supervisor.stop()
    assert isinstance(supervisor._stopping, FakeWait)
    assert supervisor._stopping.delays == [*RESTART_DELAYS_S, RESTART_DELAYS_S[-1], RESTART_DELAYS_S[0]]
    assert "ended (-9)" in caplog.text


def test_the_worker_stops_with_the_server(launched: SimpleQueue[FakeProcess], caplog: pytest.LogCaptureFixture) -> None:
    supervisor = make_supervisor(launched, iter([FakeProcess()]), [0.0])
    supervisor.start()
    process = launched.get(timeout=30)
    supervisor.stop()
    assert (process.closed, process.killed) == (True, False)
    assert not supervisor._thread.is_alive()
    assert caplog.text == ""


def test_a_worker_that_hangs_is_killed(launched: SimpleQueue[FakeProcess], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_TIMEOUT_S", 0.01)
    supervisor = make_supervisor(launched, iter([FakeProcess(hangs=True)]), [0.0])
    supervisor.start()
    process = launched.get(timeout=30)
    supervisor.stop()
    assert process.killed
    supervisor._thread.join(30)
    assert not supervisor._thread.is_alive()


def test_a_worker_that_cannot_be_started_is_tried_again(
    launched: SimpleQueue[FakeProcess], caplog: pytest.LogCaptureFixture
) -> None:
    attempts = iter([OSError("no memory"), FakeProcess()])

    def launch() -> FakeProcess:
        attempt = next(attempts)
        if isinstance(attempt, OSError):
            raise attempt
        launched.put(attempt)
        return attempt

    supervisor = Supervisor(launch, lambda: 0.0)
    supervisor._stopping = FakeWait()
    supervisor.start()
    launched.get(timeout=30)
    supervisor.stop()
    assert "no memory" in caplog.text


def test_a_supervisor_that_was_never_started_stops() -> None:
    Supervisor(lambda: pytest.fail("started")).stop()  # type: ignore[return-value, arg-type]
