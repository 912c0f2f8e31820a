"""The sitter's own face as the scale: narrow eyes are not shut ones, nor are high brows raised ones.

People differ in both by more than a blink or a look of surprise changes; the same person within seconds does not.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from kiosk.guidance.verdict import Metric

WINDOW: Final = 6.0
"""Seconds remembered: long against a blink (0.1-0.4 s), short against a change of pose."""
FEWEST: Final = 8
"""So many looks are remembered at least, however long ago: of fewer a blink would move the percentile."""
ENOUGH: Final = 0.4
"""Seconds seen before the eyes or brows count as known."""
OPEN: Final = 75
AT_REST: Final = 25
"""Percentiles of what was seen: eyes are shut for less than three quarters of the time, brows raised for no more."""


@dataclass
class _Usual:
    """What is usual for the sitter now before the camera: a percentile of the last seconds."""

    percentile: float
    _seen: deque[tuple[float, float]] = field(default_factory=deque)

    def share(self, value: float, now: float) -> float | None:
        """`value` over what is usual; None before enough was seen."""
        while len(self._seen) >= FEWEST and now - self._seen[0][0] > WINDOW:
            self._seen.popleft()
        self._seen.append((now, value))
        if now - self._seen[0][0] < ENOUGH:
            return None
        usual = float(np.percentile([seen for _, seen in self._seen], self.percentile))
        return value / max(1e-3, usual)


class OwnEyes:
    """Learns what open looks like for the sitter now before the camera."""

    def __init__(self) -> None:
        self._usual = _Usual(OPEN)

    def openness(self, opening: Metric, now: float) -> Metric:
        """`eye_openness`: `eye_opening` over its own upper quartile of the last seconds; 1 = as open as usual."""
        return _own("eye_openness", opening, self._usual, now, "measure.eyes_unknown")


class OwnBrows:
    """Learns where the brows of the sitter now before the camera rest."""

    def __init__(self) -> None:
        self._usual = _Usual(AT_REST)

    def raised(self, height: Metric, now: float) -> Metric:
        """`brow_raise`: `brow_height` over its own lower quartile of the last seconds; 1 = at rest.

        Of 18 sitters and 67 press portraits each face at rest and with its brows drawn up by half the distance to the
        eye: 1.15 to 1.39 times (median 1.28), while light, noise, small turns, lips and lids stay within 0.9 and 1.07
        and a nod by 20 degrees reaches 1.15.
        """
        return _own("brow_raise", height, self._usual, now, "measure.brows_unknown")


def _own(name: str, now_seen: Metric, usual: _Usual, now: float, unknown: str) -> Metric:
    if now_seen.value is None:
        return Metric(name, None, "share", now_seen.reason)
    share = usual.share(now_seen.value, now)
    return Metric(name, share, "share", unknown if share is None else "")
