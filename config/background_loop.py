"""The loop of a background thread: run steps, wait between them, survive bugs, stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)
RESTART_DELAY_S: Final = 1.0
"""Time until the next step after a step that failed because of a bug."""


def _do_nothing() -> None:
    pass


class BackgroundLoop:
    """A daemon thread that calls `step` until `stop` is called.

    `step` returns the seconds to wait before the next step; `wake` ends that wait. Steps handle expected failures; an
    exception that leaves a step is a bug: it is logged, and the loop continues after RESTART_DELAY_S. `on_start` and
    `on_end` run first and last, on the thread; `on_stop` unblocks a step that waits for an external event. Tests pass
    `wait`, which returns True to end the loop.

    Steps that run the native code of MediaPipe, OpenCV or another library written in C++ need `join_timeout=None`:
    such a thread crashes the process (SIGSEGV, SIGABRT) if the interpreter ends while it runs.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], float],
        *,
        on_start: Callable[[], None] = _do_nothing,
        on_stop: Callable[[], None] = _do_nothing,
        on_end: Callable[[], None] = _do_nothing,
        wait: Callable[[float], bool] | None = None,
        join_timeout: float | None = 3.0,
    ) -> None:
        self._name, self._step = name, step
        self._on_start, self._on_stop, self._on_end = on_start, on_stop, on_end
        self._stopped, self._woken = threading.Event(), threading.Event()
        self._wait = wait or self._wait_for_wake
        self._join_timeout = join_timeout
        self._thread = threading.Thread(target=self.run, name=name, daemon=True)

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Run the next step now, or directly after the present one."""
        self._woken.set()

    def stop(self) -> None:
        """End the loop; wait at most `join_timeout` seconds for the present step, or until it ends if that is None."""
        self._stopped.set()
        self._woken.set()
        self._on_stop()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(self._join_timeout)

    def wait_for_stop(self, seconds: float) -> bool:
        """Wait inside a step, at most `seconds`; return whether `stop` was called."""
        return self._stopped.wait(seconds)

    def run(self) -> None:
        """Run the loop on the calling thread."""
        try:
            self._run_logged(self._on_start)
            while not self._stopped.is_set():
                self._woken.clear()  # before the step, so that no wake is lost while it runs
                delay = self._run_logged(self._step)
                if self._stopped.is_set() or self._wait(RESTART_DELAY_S if delay is None else delay):
                    break
        finally:
            self._on_end()

    def _run_logged(self, function: Callable[[], float | None]) -> float | None:
        try:
            return function()
        except Exception:  # a bug in one step must not end the loop
            log.exception("a step of the %s loop failed; the loop continues", self._name)
            return None

    def _wait_for_wake(self, seconds: float) -> bool:
        self._woken.wait(seconds)
        return self._stopped.is_set()
