"""The crops from which a person may choose: those that keep every position rule.

The rules leave a convex set of origins and scales (kiosk.capture.cropping.constraints). A requested crop is moved to
one of this set, first in size, then in height, then sideways.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from config.standards.registry import PhotoStandard
from kiosk.capture.cropping.constraints import Constraint, Head, constraint_matrix, crop_constraints, edge_rows
from kiosk.capture.cropping.linear_inequalities import U, X, Y, bounds, eliminate, feasible
from kiosk.capture.cropping.solver import Crop
from kiosk.capture.cropping.whole_pixels import MIN_SCALE_STEPS, nearest_whole, snap

_MARGIN_PX: Final = 1.0  # portrait px: the head is measured again on every portrait, and differs by less than this
_TOLERANCE_PX: Final = 1e-6  # rounding error

Interval = tuple[float, float]


@dataclass(frozen=True)
class CropLimits:
    """How far one crop can be changed, in pixels of the picture: `width` of all crops, `top` at the crop's width, and
    `left` at its width and top."""

    width: Interval
    top: Interval
    left: Interval


class CropRange:
    """The crops of a `picture` of (width, height) that keep the rules of `standard` for `head`."""

    def __init__(self, head: Head, picture: tuple[int, int], standard: PhotoStandard) -> None:
        output = standard.output
        self._angle, self._size = head.angle, (output.width, output.height)
        constraints = [_with_margin(each) for each in crop_constraints(head, standard)]
        self._rows = constraint_matrix(constraints, edge_rows(picture, self._size, head.angle))
        self._upright = eliminate(self._rows, X)

    @property
    def is_empty(self) -> bool:
        """Whether the rules leave no crop."""
        return not feasible(self._rows)

    def contains(self, crop: Crop) -> bool:
        """Return whether the crop keeps every rule."""
        at = np.array([crop.left, crop.top, 1 / crop.scale])
        return crop.angle == self._angle and bool((self._rows[:, :3] @ at <= self._rows[:, 3] + _TOLERANCE_PX).all())

    def nearest(self, centre: tuple[float, float], width: float) -> Crop:
        """Return the crop of the range near the one with this centre (x, y) and width, in pixels of the picture."""
        columns, rows = self._size
        scale = self._nearest_scale(width / columns)
        at = np.array(scale)
        top = nearest_whole(np.array(centre[1] - scale * rows / 2), *bounds(self._upright, Y, (U, at)))
        left = nearest_whole(np.array(centre[0] - scale * columns / 2), *bounds(self._rows, X, (U, at), (Y, top)))
        return Crop(float(left), float(top), snap(scale * columns), snap(scale * rows), 1 / scale, self._angle)

    def limits(self, crop: Crop) -> CropLimits:
        """Return the limits around a crop of the range."""
        scale = np.array(1 / crop.scale)
        low, high = self._scales
        return CropLimits(
            (low * self._size[0], high * self._size[0]),
            _interval(*bounds(self._upright, Y, (U, scale))),
            _interval(*bounds(self._rows, X, (U, scale), (Y, np.array(crop.top)))),
        )

    @property
    def _scales(self) -> Interval:
        return _interval(*bounds(eliminate(self._upright, Y), U))

    def _nearest_scale(self, scale: float) -> float:
        """Return picture pixels per portrait pixel, with whole sides of the crop where these are dense."""
        low, high = self._scales
        step = math.gcd(*self._size)
        first, last = math.ceil(low * step), math.floor(high * step)
        if step >= MIN_SCALE_STEPS and first <= last:
            return min(max(round(scale * step), first), last) / step
        return min(max(scale, low), high)


def _with_margin(constraint: Constraint) -> Constraint:
    """Return the constraint with a narrower band; of a band narrower than the margins, its middle."""
    return constraint.relax(-min(_MARGIN_PX, (constraint.max - constraint.min) / 2))


def _interval(low: np.ndarray, high: np.ndarray) -> Interval:
    return float(low), float(high)
