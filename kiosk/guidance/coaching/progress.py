"""Track whether a sitter makes progress towards the current hint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.guidance.verdict import Verdict

_MIN_IMPROVEMENT: Final = 0.15
"""Share of the first distance that counts as progress, so that noise gives at most six such steps."""


def distance(verdict: Verdict) -> float | None:
    """Return the distance of the value from the band, in the unit of the metric; 0 inside, None without a value."""
    if verdict.value is None:
        return None
    below = verdict.min - verdict.value if verdict.min is not None else 0.0
    above = verdict.value - verdict.max if verdict.max is not None else 0.0
    return max(below, above, 0.0)


@dataclass
class Progress:
    """The progress with one hint. `improved_at` is when it was first shown, or when the sitter last made progress."""

    hint: str = ""
    improved_at: float = 0.0
    initial_distance: float | None = None
    best_distance: float | None = None

    def update(self, hint: str, distance: float | None, margin: float, now: float) -> None:
        """Record that `hint` is shown and its metric is `distance` from the band (None: not measured)."""
        if hint != self.hint:
            self.hint, self.improved_at, self.initial_distance, self.best_distance = hint, now, distance, distance
        elif distance is not None and self.best_distance is None:
            self.initial_distance = self.best_distance = distance
        elif distance is not None and self._improved(distance, margin):
            self.improved_at, self.best_distance = now, distance

    def _improved(self, distance: float, margin: float) -> bool:
        assert self.best_distance is not None
        return distance <= self.best_distance - max(_MIN_IMPROVEMENT * (self.initial_distance or 0.0), margin)
