"""Crops in whole pixels of the picture wherever the rules allow it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

MIN_SCALE_STEPS: Final = 16
"""Scales with whole sides are used if they are at most 1/16 (picture pixel per portrait pixel) apart; else any
scale."""


def nearest_whole(
    target: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the whole number from low to high that is nearest to `target`; if there is none, the nearest number."""
    first, last = np.ceil(low), np.floor(high)
    whole = np.clip(np.floor(target + 0.5), first, np.maximum(first, last))
    return np.where(first <= last, whole, np.clip(target, low, np.maximum(low, high)))


def snap(pixels: float) -> float:
    """Return a value without the rounding error of scale x side."""
    return float(round(pixels)) if abs(pixels - round(pixels)) < 1e-6 else float(pixels)
