"""From a measured ratio of light to levels of two lamps: what a studio's set-up advises, done by the dimmer.

Light adds up, so a lamp's level is its share of light. What reaches a side from the other lamp makes one step too
short, never too long: measure again afterwards, and take the next step.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import Final

MAX_STEP_STOPS: Final = 1.0
"""Of one step: a measure that asks for more is more likely a lamp that is off, or somebody in its way."""
MIN_LEVEL: Final = 0.1
"""Below a tenth many lamps flicker or change their colour."""


def balance(stops: float, levels: Mapping[str, float], weaker: str, stronger: str) -> dict[str, float]:
    """`levels` (0 to 1) with the `weaker` lamp's raised and the `stronger` one's lowered, by `stops` together.

    Half of it each, so that the exposure stays; what one cannot give the other takes, and where neither can it is as
    near as it goes. Lamps of other names stay. Raises KeyError for a name that has no level.
    """
    requested = min(abs(stops), MAX_STEP_STOPS)
    up, down = _headroom_stops(levels[weaker], 1.0), _headroom_stops(MIN_LEVEL, levels[stronger])
    raised = min(up, max(requested / 2, requested - down))
    lowered = min(down, requested - raised)
    return {**levels, weaker: min(1.0, levels[weaker] * 2**raised), stronger: levels[stronger] * 2**-lowered}


def _headroom_stops(low: float, high: float) -> float:
    """How many stops lie between two levels, 0 where there are none; a lamp that is off has none to give."""
    return max(0.0, log2(high / low)) if low > 0 and high > 0 else 0.0
