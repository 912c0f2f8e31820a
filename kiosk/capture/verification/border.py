"""A dark frame around a finished picture: a scan's edge, a letterbox, a screenshot's bar (黑边)."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from config.arrays import Mask, Pixels
from config.opencv import cv2

_MAX_DARK_LEVEL: Final = 40  # of 255, luma: black after JPEG and scanning
_SHALLOW_PERCENTILE: Final = 10  # per cent of the lines across a side that may be shorter, because of dust or a scratch
_MIN_STRAIGHT_SHARE: Final = 0.5  # of the lines: in the others a dark object touches the frame
_STRAIGHT_TOLERANCE_PX: Final = 2  # px by which the inner edge of a frame may vary: clothes and hair vary more
_CORNER_SHARE: Final = 0.2  # of a side, at either end: where the frames of the neighbouring sides are


def border_widths(pixels: Pixels) -> tuple[int, int, int, int]:
    """Return the width in px of a dark frame at the top, right, bottom and left of `pixels`, uint8 (h, w, 3); 0 without
    one.

    A frame is dark from the edge of the picture inward and has a straight inner edge: within two pixels in half of the
    lines. A black suit at the lower edge, or black hair at the upper, has none.
    """
    dark = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) <= _MAX_DARK_LEVEL)
    top, right, bottom, left = (_border_depth(np.rot90(dark, turns)) for turns in range(4))
    return top, right, bottom, left


def border_mask(shape: tuple[int, int], widths: tuple[int, int, int, int], zoom: float, margin: int) -> Mask:
    """Return the mask of a frame of these widths, plus `margin` px, in a copy of `shape` (h, w) scaled by `zoom`."""
    height, width = shape
    top, right, bottom, left = (math.ceil(w * zoom) + margin if w else 0 for w in widths)
    inside = np.zeros(shape, bool)
    inside[top : height - bottom, left : width - right] = True
    return ~inside


def _border_depth(dark: Mask) -> int:
    """Return the width of the frame at the upper side of `dark`."""
    height, width = dark.shape
    middle = dark[:, round(width * _CORNER_SHARE) : width - round(width * _CORNER_SHARE)]
    if middle.size == 0:
        return 0
    depths = np.where(middle.all(axis=0), height, np.argmin(middle, axis=0))
    least = int(np.percentile(depths, _SHALLOW_PERCENTILE))
    straight = float((np.abs(depths - least) <= _STRAIGHT_TOLERANCE_PX).mean())
    return least if straight >= _MIN_STRAIGHT_SHARE else 0
