"""A rendered figure that is composited over a backdrop, only in the parts of it that show something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from config.arrays import Floats, Pixels
from config.opencv import cv2


@dataclass(frozen=True)
class Part:
    """A rectangle of a picture: rows `top` to `bottom` and columns `left` to `right`, without the last of each."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True)
class Layer:
    """One rendered figure: premultiplied `colours` h x w x 3 and `cover` h x w uint8, at (left, top) of the picture.
    Outside `parts`, which reach some pixels beyond the figure, both are 0."""

    colours: Pixels
    cover: Pixels
    left: int
    top: int
    parts: tuple[Part, ...]

    def shift(self, x: float, y: float) -> Layer:
        """Shift by less than a pixel. The border is repeated, because the body continues below the frame."""
        # A small filter takes a quarter of a warp's time.
        weights = np.asarray(np.outer(_taps(y), _taps(x)), dtype=np.float32)
        colours, cover = (_filter(picture, weights, self.parts) for picture in (self.colours, self.cover))
        return replace(self, colours=colours, cover=cover)


def _filter(picture: Pixels, weights: Floats, parts: Iterable[Part]) -> Pixels:
    """Filter the `parts` of a picture with 3 x 3 weights; the rest is 0 before and after."""
    height, width = picture.shape[:2]
    filtered = np.zeros_like(picture)
    for part in parts:
        # With the pixels around the part, as far as the picture has them.
        top, left = max(0, part.top - 1), max(0, part.left - 1)
        around = picture[top : min(height, part.bottom + 1), left : min(width, part.right + 1)]
        result = cv2.filter2D(around, -1, weights, borderType=cv2.BORDER_REPLICATE)
        rows, columns = slice(part.top, part.bottom), slice(part.left, part.right)
        filtered[rows, columns] = result[part.top - top : part.bottom - top, part.left - left : part.right - left]
    return filtered


def _taps(shift: float) -> Floats:
    """Return the three filter weights that move a row of pixels by `shift`, -1..1, with linear interpolation."""
    return np.array([max(shift, 0.0), 1 - abs(shift), max(-shift, 0.0)], dtype=np.float32)
