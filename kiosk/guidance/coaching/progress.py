"""Whether a sitter who was told something comes nearer to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.guidance.verdict import Verdict

_STEP: Final = 0.15  # of the first distance: what counts as nearer, so that noise gives at most six such steps


def distance(verdict: Verdict) -> float | None:
    """How far the value is from the band, in the unit of the measure; 0 inside, None without a value."""
    if verdict.value is None:
        return None
    below = verdict.low - verdict.value if verdict.low is not None else 0.0
    above = verdict.value - verdict.high if verdict.high is not None else 0.0
    return max(below, above, 0.0)


@dataclass
class Progress:
    """Of one hint. `since` is when it was first said, or when the sitter last came nearer."""

    hint: str = ""
    since: float = 0.0
    first: float | None = None
    nearest: float | None = None

    def follow(self, hint: str, away: float | None, margin: float, now: float) -> None:
        """`hint` stands, and its measure is `away` from the band (None: nothing to tell by)."""
        if hint != self.hint:
            self.hint, self.since, self.first, self.nearest = hint, now, away, away
        elif away is not None and self.nearest is None:
            self.first = self.nearest = away
        elif away is not None and self._nearer(away, margin):
            self.since, self.nearest = now, away

    def _nearer(self, away: float, margin: float) -> bool:
        assert self.nearest is not None
        return away <= self.nearest - max(_STEP * (self.first or 0.0), margin)
