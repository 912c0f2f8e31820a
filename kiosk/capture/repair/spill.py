"""Spill: the backdrop's colour on the person's clothes and hair, by reflected light (染色).

Its amount cannot be estimated (kiosk/capture/matting/foreground.py), but a retoucher sees where it is. There the
backdrop's hue is removed from the person's colours: their part along the direction of its chroma, never beyond neutral,
and never another hue. Luma does not change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from config.arrays import Doubles, FloatImage, Plane

# Luma and colour differences of ITU-R BT.601, on encoded values; only sums and products, so the bits are the same
# everywhere.
_RED, _GREEN, _BLUE = 0.299, 0.587, 0.114
_MIN_CHROMA: Final = 0.03  # of the backdrop's colour differences: below, it is grey and colours nothing
_BACKDROP_ALPHA: Final = 0.02


@dataclass(frozen=True)
class SpillHue:
    """The direction of the backdrop's chroma: a unit vector of (B - Y, R - Y)."""

    blue: float
    red: float


def find_spill_hue(image: FloatImage, alpha: Plane) -> SpillHue | None:
    """Return the hue of the backdrop in `image`, float32 (h, w, 3) sRGB 0..1, with the person's `alpha`. None for a
    grey backdrop, or if none is visible."""
    visible = image[alpha <= _BACKDROP_ALPHA]
    if not len(visible):
        return None
    red, green, blue = (float(value) for value in np.median(visible, axis=0))
    luma = _RED * red + _GREEN * green + _BLUE * blue
    size = float(np.sqrt((blue - luma) ** 2 + (red - luma) ** 2))
    return SpillHue((blue - luma) / size, (red - luma) / size) if size >= _MIN_CHROMA else None


def remove_spill(colours: FloatImage, amount: Doubles, hue: SpillHue) -> FloatImage:
    """Return `colours`, float32 (h, w, 3), less their part of `hue`, by `amount` 0..1, float64 (h, w)."""
    red, green, blue = (colours[..., channel].astype(np.float64) for channel in range(3))
    luma = _RED * red + _GREEN * green + _BLUE * blue
    part = np.maximum(0, (blue - luma) * hue.blue + (red - luma) * hue.red) * amount
    new_blue, new_red = blue - part * hue.blue, red - part * hue.red
    new_green = (luma - _RED * new_red - _BLUE * new_blue) / _GREEN
    changed = np.clip(np.stack([new_red, new_green, new_blue], axis=-1), 0, 1)
    # Pixels without spill keep their bits.
    return np.where(part[..., None] > 0, changed, colours).astype(np.float32)
