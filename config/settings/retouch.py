"""How much a portrait's face may differ after retouching before a person reviews it, and before it is rejected."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Final

from config.settings.loader import StrictModel, read_settings

FILE: Final = Path(__file__).parent / "retouch.toml"


class Limit(StrictModel):
    """From `review_from` on a person must review, from `reject_from` on the portrait is rejected.

    If `reject_from` is the smaller of the two, smaller values are worse.
    """

    review_from: float
    reject_from: float
    unit: str
    description: str
    source: str
    date: datetime.date

    def excess(self, value: float) -> float:
        """Return 0 for an inconspicuous value, 1 at `review_from`, 2 at `reject_from`, and linear values beyond."""
        sign = 1 if self.reject_from > self.review_from else -1
        beyond = sign * (value - self.review_from) / abs(self.reject_from - self.review_from)
        return max(0.0, 1 + beyond) if beyond >= 0 else 0.0


class RetouchLimits(StrictModel):
    """The limits of kiosk.capture.retouch.guard, by metric."""

    tone: Limit
    spot: Limit
    patch: Limit
    shape: Limit
    fine_texture: Limit
    coarse_texture: Limit
    local_fine_texture: Limit
    local_coarse_texture: Limit
    sharpening: Limit
    local_sharpening: Limit
    outer: Limit
    likeness: Limit
    rotation: Limit


@cache
def retouch_limits() -> RetouchLimits:
    """Return the limits in config/settings/retouch.toml; read once."""
    return read_settings(RetouchLimits, FILE, None)
