"""How open the eyes are compared with the same sitter's own open eyes: narrow eyes are not shut ones."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from kiosk.guidance.verdict import Measure

WINDOW: Final = 6.0
"""Seconds remembered: long against a blink (0.1-0.4 s), short against a change of pose."""
ENOUGH: Final = 0.4
"""Seconds seen before the eyes count as known."""


class OwnEyes:
    """Learns what open looks like for the sitter now before the camera."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()

    def openness(self, opening: Measure, now: float) -> Measure:
        """`eye_openness`: `eye_opening` over its own upper quartile of the last seconds; 1 = as open as usual."""
        if opening.value is None:
            return Measure("eye_openness", None, "share", opening.reason)
        while self._seen and now - self._seen[0][0] > WINDOW:
            self._seen.popleft()
        self._seen.append((now, opening.value))
        if now - self._seen[0][0] < ENOUGH:
            return Measure("eye_openness", None, "share", "measure.eyes_unknown")
        usual = float(np.percentile([value for _, value in self._seen], 75))
        return Measure("eye_openness", opening.value / max(1e-3, usual), "share")
