"""Convert a measured ratio of light to the levels of two lamps, to apply the studio check's advice by the dimmer.

Light is additive, so a lamp's level is its share of light. Stray light from the other lamp makes one step too small,
never too large: measure again afterwards, and take the next step.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import Final

MAX_STEP_STOPS: Final = 1.0
"""Limit of one step: a larger difference is more likely a lamp that is off, or a person in front of it."""
MIN_LEVEL: Final = 0.1
"""Below a tenth many lamps flicker or change their colour."""


def balance(stops: float, levels: Mapping[str, float], weaker: str, stronger: str) -> dict[str, float]:
    """Raise the `weaker` lamp in `levels` (0 to 1) and lower the `stronger` one, by `stops` together.

    Half of it each, so that the exposure stays. If one reaches its limit, the other is changed more; if both do, the
    result is as near as possible. Other lamps keep their levels. Raises KeyError for a name that has no level.
    """
    requested = min(abs(stops), MAX_STEP_STOPS)
    up, down = _headroom_stops(levels[weaker], 1.0), _headroom_stops(MIN_LEVEL, levels[stronger])
    raised = min(up, max(requested / 2, requested - down))
    lowered = min(down, requested - raised)
    return {**levels, weaker: min(1.0, levels[weaker] * 2**raised), stronger: levels[stronger] * 2**-lowered}


def _headroom_stops(low: float, high: float) -> float:
    """Return the stops between two levels; 0 if there are none, or if the lamp is off."""
    return max(0.0, log2(high / low)) if low > 0 and high > 0 else 0.0
