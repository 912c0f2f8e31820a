"""The loop of a background thread: run steps, wait between them, survive bugs, stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)
RESTART_DELAY_S: Final = 1.0
"""Time until the next step after a step that failed because of a bug."""


class BackgroundLoop:
    """A daemon thread that calls `step` until `stop` is called.

    `step` returns the seconds to wait before the next step. Steps handle expected failures; an exception that leaves a
    step is a bug: it is logged, and the loop continues after RESTART_DELAY_S. `on_stop` unblocks a step that waits for
    something else; `on_end` runs last, on the thread. Tests pass `wait`, which returns True to end the loop.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], float],
        *,
        on_stop: Callable[[], None] = lambda: None,
        on_end: Callable[[], None] = lambda: None,
        wait: Callable[[float], bool] | None = None,
        join_timeout: float = 3.0,
    ) -> None:
        self._name, self._step = name, step
        self._on_stop, self._on_end = on_stop, on_end
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
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

    def stop(self) -> None:
        """End the loop; wait at most `join_timeout` for the present step."""
        self._stopped.set()
        self._on_stop()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(self._join_timeout)

    def run(self) -> None:
        """Run the loop on the calling thread."""
        try:
            while not self._stopped.is_set():
                if self._wait(self._run_step()):
                    break
        finally:
            self._on_end()

    def _run_step(self) -> float:
        try:
            return self._step()
        except Exception:  # a bug in one step must not end the loop
            log.exception("a step of the %s loop failed; the loop continues", self._name)
            return RESTART_DELAY_S
