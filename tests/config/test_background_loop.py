"""A background loop waits between steps, continues after bugs and ends when it is stopped."""

from __future__ import annotations

import threading

import pytest

from config.background_loop import RESTART_DELAY_S, BackgroundLoop
from tests.paths import ROOT
from tests.waiting import wait_for_event


def test_the_loop_waits_as_long_as_each_step_returns_and_ends_when_wait_returns_true() -> None:
    waits: list[float] = []
    delays = iter([0.5, 2.0, 7.0])

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 3

    ended: list[bool] = []
    BackgroundLoop("test", lambda: next(delays), wait=wait, on_end=lambda: ended.append(True)).run()
    assert waits == [0.5, 2.0, 7.0]
    assert ended == [True]


def test_a_bug_is_logged_and_the_loop_continues(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[str] = []
    waits: list[float] = []

    def step() -> float:
        calls.append("step")
        if len(calls) == 1:
            raise ZeroDivisionError
        return 3.0

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 2

    BackgroundLoop("test", step, wait=wait).run()
    assert waits == [RESTART_DELAY_S, 3.0]
    assert "the test loop failed" in caplog.text


def test_stop_unblocks_the_step_ends_the_thread_and_prevents_further_steps() -> None:
    entered, released = threading.Event(), threading.Event()
    calls: list[str] = []

    def step() -> float:
        calls.append("step")
        entered.set()
        released.wait()
        return 0.0

    ended = threading.Event()
    loop = BackgroundLoop("test", step, on_stop=released.set, on_end=ended.set)
    loop.start()
    assert wait_for_event(entered)
    assert not loop.is_stopped
    loop.stop()
    assert wait_for_event(ended)
    assert loop.is_stopped
    assert calls == ["step"]


def test_a_loop_that_never_started_can_be_stopped() -> None:
    loop = BackgroundLoop("test", lambda: 0.0)
    loop.stop()
    assert not loop.is_alive


def test_wake_runs_the_next_step_at_once_also_when_it_comes_during_a_step() -> None:
    first, woken, second = threading.Event(), threading.Event(), threading.Event()

    def step() -> float:
        if first.is_set():
            second.set()
        first.set()
        wait_for_event(woken)
        return 3600.0

    loop = BackgroundLoop("test", step)
    loop.start()
    assert wait_for_event(first)
    loop.wake()
    woken.set()
    assert wait_for_event(second), "the loop waits an hour without it"
    loop.stop()
    assert not loop.is_alive


def test_a_bug_at_the_start_is_logged_and_the_steps_run(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[str] = []

    def start() -> None:
        calls.append("start")
        raise ZeroDivisionError

    def step() -> float:
        calls.append("step")
        return 0.0

    BackgroundLoop("test", step, on_start=start, wait=lambda seconds: True).run()
    assert calls == ["start", "step"]
    assert "the test loop failed" in caplog.text


def test_a_stopped_loop_neither_waits_nor_runs_another_step() -> None:
    waits: list[float] = []

    def step() -> float:
        loop.stop()
        return 1.0

    loop = BackgroundLoop("test", step, wait=lambda seconds: bool(waits.append(seconds)))  # type: ignore[func-returns-value]
    loop.run()
    assert waits == []
    assert loop.wait_for_stop(0.0)


@pytest.mark.parametrize("timeout", [None, 2.5])
def test_stop_waits_as_long_as_the_owner_allows(timeout: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread in native code that still runs when the interpreter ends crashes the process."""
    entered, released = threading.Event(), threading.Event()
    waits: list[float | None] = []
    join = threading.Thread.join

    def release_and_join(thread: threading.Thread, seconds: float | None = None) -> None:
        waits.append(seconds)
        released.set()
        join(thread)

    def step() -> float:
        entered.set()
        released.wait()
        return 0.0

    loop = BackgroundLoop("test", step, join_timeout=timeout)
    loop.start()
    assert wait_for_event(entered)
    monkeypatch.setattr(threading.Thread, "join", release_and_join)
    loop.stop()
    assert waits == [timeout]


NATIVE_LOOPS = (
    "hardware/barcodes/camera_scanner.py",
    "kiosk/studio/monitor.py",
    "kiosk/workers/document_scanner.py",
    "kiosk/workers/live_analysis.py",
)


@pytest.mark.parametrize("path", NATIVE_LOOPS)
def test_loops_that_run_native_code_are_waited_for(path: str) -> None:
    assert "join_timeout=None" in (ROOT / path).read_text(encoding="utf-8")
