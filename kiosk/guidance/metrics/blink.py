"""Baselines of the sitter's own face, so that narrow eyes do not count as shut, nor high brows as raised.

People differ in both by more than a blink or surprise changes them; one person within seconds does not.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from kiosk.guidance.verdict import Metric

WINDOW_S: Final = 6.0
"""Seconds remembered: long against a blink (0.1-0.4 s), short against a change of pose."""
MIN_SAMPLES: Final = 8
"""Least number of readings to keep, of any age: with fewer a blink would change the percentile."""
MIN_DURATION_S: Final = 0.4
"""Seconds of readings before the baseline is used."""
OPEN_PERCENTILE: Final = 75
REST_PERCENTILE: Final = 25
"""Percentiles of the readings: eyes are shut, and brows raised, for less than three quarters of the time."""


@dataclass
class _Baseline:
    """The usual value of the current sitter: a percentile of the last seconds."""

    percentile: float
    _samples: deque[tuple[float, float]] = field(default_factory=deque)

    def relative(self, value: float, now: float) -> float | None:
        """Return `value` over the usual value; None before there are enough readings."""
        while len(self._samples) >= MIN_SAMPLES and now - self._samples[0][0] > WINDOW_S:
            self._samples.popleft()
        self._samples.append((now, value))
        if now - self._samples[0][0] < MIN_DURATION_S:
            return None
        usual = float(np.percentile([reading for _, reading in self._samples], self.percentile))
        return value / max(1e-3, usual)


class EyeBaseline:
    """The usual eye opening of the current sitter."""

    def __init__(self) -> None:
        self._baseline = _Baseline(OPEN_PERCENTILE)

    def openness(self, opening: Metric, now: float) -> Metric:
        """`eye_openness`: `eye_opening` over its own upper quartile of the last seconds; 1 = as open as usual."""
        return _relative_metric("eye_openness", opening, self._baseline, now, "not_measured.eyes_unknown")


class BrowBaseline:
    """The usual brow height of the current sitter."""

    def __init__(self) -> None:
        self._baseline = _Baseline(REST_PERCENTILE)

    def raise_ratio(self, height: Metric, now: float) -> Metric:
        """`brow_raise`: `brow_height` over its own lower quartile of the last seconds; 1 = at rest.

        Measured on 18 sitters and 67 press portraits, each at rest and with its brows drawn up by half the distance to
        the eye: 1.15 to 1.39 times (median 1.28), while light, noise, small turns, lips and lids stay within 0.9 and
        1.07 and a nod by 20 degrees reaches 1.15.
        """
        return _relative_metric("brow_raise", height, self._baseline, now, "not_measured.brows_unknown")


def _relative_metric(name: str, current: Metric, baseline: _Baseline, now: float, unknown_reason: str) -> Metric:
    if current.value is None:
        return Metric(name, None, "share", current.reason)
    share = baseline.relative(current.value, now)
    return Metric(name, share, "share", unknown_reason if share is None else "")
