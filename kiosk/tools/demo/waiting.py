"""The conditions that the demo waits for, and the lines that it prints while it waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from config.machine_speed import scale_timeout

PRINT_INTERVAL_S: Final = 5.0
"""A person at the terminal must see within ten seconds that the demo still runs."""


class StepTimeout(Exception):
    """The visit did not continue before a timeout."""


class WaitFor:
    """A condition; `timeout_s` is the longest time in seconds until it holds on an idle machine."""

    def __init__(self, description: str, condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
        self.description = description
        self.condition = condition
        self._timeout_s = timeout_s
        self._since = self._last_printed = time.monotonic()

    def waited_s(self) -> float:
        return time.monotonic() - self._since

    def is_overdue(self) -> bool:
        return self.waited_s() > scale_timeout(self._timeout_s)

    def print_if_long(self, print_line: Callable[[str], None]) -> None:
        """Print the description of the condition every PRINT_INTERVAL_S."""
        now = time.monotonic()
        if now - self._last_printed >= PRINT_INTERVAL_S:
            self._last_printed = now
            print_line(f"{'':23}waiting for {self.description}: {self.waited_s():.0f} s")
