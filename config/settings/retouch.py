"""How much of a portrait's face may differ after retouching before it is asked about, and before it is refused."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Final

from config.settings.loader import StrictModel, read_settings

FILE: Final = Path(__file__).parent / "retouch.toml"


class Limit(StrictModel):
    """From `unsure` on a person must look, from `refuse` on the portrait goes back; downwards where refuse < unsure."""

    unsure: float
    refuse: float
    unit: str
    meaning: str
    source: str
    date: datetime.date

    def excess(self, value: float) -> float:
        """0 where nothing is wrong, 1 at `unsure`, 2 at `refuse`, linear from there on."""
        sign = 1 if self.refuse > self.unsure else -1
        beyond = sign * (value - self.unsure) / abs(self.refuse - self.unsure)
        return max(0.0, 1 + beyond) if beyond >= 0 else 0.0


class RetouchLimits(StrictModel):
    """The limits of kiosk.capture.retouch.guard, by measure."""

    tone: Limit
    spot: Limit
    patch: Limit
    shape: Limit
    fine_texture: Limit
    coarse_texture: Limit
    fine_texture_here: Limit
    coarse_texture_here: Limit
    sharper: Limit
    sharper_here: Limit
    outer: Limit
    likeness: Limit
    rotation: Limit


@cache
def retouch_limits() -> RetouchLimits:
    """The limits in config/settings/retouch.toml; read once."""
    return read_settings(RetouchLimits, FILE, None)
