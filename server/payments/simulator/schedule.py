"""Scheduled events of the simulator, in its own time: notifications with their repetitions, refunds that complete."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable

Action = Callable[[], None]


class Schedule:
    """Time runs `speed` times as fast as the clock. With speed 0 it only moves by `advance`, and then the events run in
    the caller's thread, in order: for tests."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._offset = 0.0
        self._began = time.monotonic()
        self._events: list[tuple[float, int, Action]] = []
        self._counter = itertools.count()
        self._changed = threading.Condition()
        if speed > 0:
            threading.Thread(target=self._run, name="simulator schedule", daemon=True).start()

    def after(self, seconds: float, action: Action) -> None:
        with self._changed:
            heapq.heappush(self._events, (self._time() + seconds, next(self._counter), action))
            self._changed.notify()

    def advance(self, seconds: float) -> None:
        """Run everything that is due within these seconds, each event at its own time."""
        end = self._time() + seconds
        while True:
            with self._changed:
                if not self._events or self._events[0][0] > end:
                    self._offset += max(0.0, end - self._time())
                    return
                due, _, action = heapq.heappop(self._events)
                self._offset += max(0.0, due - self._time())
            action()

    def _time(self) -> float:
        return (time.monotonic() - self._began) * self._speed + self._offset

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._events or self._events[0][0] > self._time():
                    wait = (self._events[0][0] - self._time()) / self._speed if self._events else None
                    self._changed.wait(wait)
                _, _, action = heapq.heappop(self._events)
            threading.Thread(target=action, daemon=True).start()
