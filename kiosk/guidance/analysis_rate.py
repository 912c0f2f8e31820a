"""The rate of analyses, measured and required."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

REQUIRED_RATE_HZ: Final = 5.0
"""Analyses per second. A fault counts after 0.3 s and a blink lasts 0.1 to 0.4 s: at five a second a fault is detected
twice before it counts, a blink once, and movement is measured between two analyses (live.MOVEMENT_WINDOW_S)."""
WINDOW_S: Final = 6.0
"""Length of the measuring window in seconds: at 0.8 analyses a second it still contains five."""
MAX_INTERVAL_S: Final = 15.0
"""Seconds: a longer time between two analyses is a pause (nobody posed), not a slow machine."""
MIN_INTERVALS: Final = 3
"""Least number of intervals for a rate: the first frames of a sitter are often late."""


@dataclass(frozen=True)
class AnalysisRate:
    """`rate_hz` and `required_hz` are analyses per second."""

    rate_hz: float
    required_hz: float = REQUIRED_RATE_HZ

    @property
    def slow(self) -> bool:
        return self.rate_hz < self.required_hz

    @property
    def period(self) -> float:
        """Seconds from one analysis to the next."""
        return 1 / self.rate_hz

    @property
    def delay(self) -> float:
        """Seconds by which an analysis comes later than at the required rate."""
        return max(0.0, self.period - 1 / self.required_hz)

    @property
    def slowness(self) -> float:
        """The factor by which an analysis takes longer than required; 1 on a fast machine."""
        return max(1.0, self.required_hz / self.rate_hz)


class RateMeter:
    """Measures the rate over a sliding window of the times at which the analysed frames were taken."""

    def __init__(self) -> None:
        self._intervals: deque[float] = deque()
        self._last_taken_at: float | None = None

    def record_frame(self, taken_at: float) -> None:
        """Record the analysis of a frame that was taken at that time (seconds, monotonic)."""
        last, self._last_taken_at = self._last_taken_at, taken_at
        if last is None or not 0 < taken_at - last <= MAX_INTERVAL_S:
            return
        self._intervals.append(taken_at - last)
        while len(self._intervals) > MIN_INTERVALS and sum(self._intervals) - self._intervals[0] >= WINDOW_S:
            self._intervals.popleft()

    def pause(self) -> None:
        """Ignore the time until the next frame. The measured rate stays, because the machine is the same."""
        self._last_taken_at = None

    @property
    def rate(self) -> AnalysisRate | None:
        """The measured rate; None before MIN_INTERVALS intervals."""
        if len(self._intervals) < MIN_INTERVALS:
            return None
        return AnalysisRate(len(self._intervals) / sum(self._intervals))
