"""Measure the lag of the Qt event loop: while it lags, touches wait and the live view freezes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from PyQt5.QtCore import Qt, QTimer

INTERVAL_MS: Final = 10  # ms


class EventLoopLag:
    """A timer that records the longest lag on each screen; `screen` returns the name of the current screen."""

    def __init__(self, screen: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        self.max_lag: dict[str, float] = {}
        self._screen = screen
        self._clock = clock
        self._last = clock()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.PreciseTimer)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        self._last = self._clock()
        self._timer.start(INTERVAL_MS)

    def stop(self) -> None:
        self._timer.stop()

    def tick(self) -> None:
        now, screen = self._clock(), self._screen()
        self.max_lag[screen] = max(self.max_lag.get(screen, 0.0), now - self._last)
        self._last = now

    @contextmanager
    def exclude(self) -> Iterator[None]:
        """Exclude the time of the block, which is work that a real visit does not have."""
        self.tick()
        try:
            yield
        finally:
            self._last = self._clock()
