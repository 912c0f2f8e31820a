"""Solve the crop, the part of the shot that becomes the portrait, from the rules.

Every position rule is linear in the crop's origin and in u = picture pixels per portrait pixel, and so are the edges of
the picture. Elimination therefore decides exactly whether a crop exists. If none exists,
kiosk.capture.cropping.infeasibility names the conflicting rules. Nothing is mirrored or enlarged, and the crop is
rotated only to correct roll (kiosk.capture.cropping.roll_correction). It lies within the picture; only where no such
crop exists may it reach beyond, where the new background is added (kiosk.capture.cropping.extension). Where the rules
leave a choice, every metric is brought near its target, and whole pixels are preferred.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.standards.registry import PhotoStandard
from kiosk.capture.cropping.constraints import Constraint, Head, constraint_matrix, crop_constraints, edge_rows
from kiosk.capture.cropping.extension import NO_EXTENSION, Extension, smallest_extension
from kiosk.capture.cropping.infeasibility import explain
from kiosk.capture.cropping.linear_inequalities import Rows, U, X, Y, bounds, eliminate, feasible
from kiosk.capture.cropping.whole_pixels import MIN_SCALE_STEPS, nearest_whole, snap

__all__ = ["Crop", "Head", "solve", "target_face_width"]

_EDGE_TOLERANCE_PX: Final = 0.25  # px
_SCALE_SAMPLES: Final = 257
# Defaults for a standard without rules on the head, in shares of the portrait's width and height: those of the 99号
# text.
_DEFAULT_FACE_WIDTH: Final = 213 / 480
_DEFAULT_EYE_LINE: Final = 250 / 640


@dataclass(frozen=True)
class Crop:
    """A part of the picture in its pixels, whole ones wherever the rules allow it; `scale` is portrait pixels per
    picture pixel, at most 1.

    With `angle` (degrees) other than 0 it is a part of the picture rotated by -angle about its upper left corner, so
    that a line that falls to the right by `angle` becomes level. `left` and `top` are then coordinates of the rotated
    picture and may be negative; `corners` are coordinates of the picture itself.

    `extension` are the rows and columns of the portrait that lie beyond the picture.
    """

    left: float
    top: float
    width: float
    height: float
    scale: float
    angle: float = 0.0
    extension: Extension = NO_EXTENSION

    def to_portrait(self, head: Head) -> Head:
        """Return the head in pixels of the portrait."""
        return Head(
            crown=(head.crown - self.top) * self.scale,
            eyes=(head.eyes - self.top) * self.scale,
            centre=(head.centre - self.left) * self.scale,
            width=head.width * self.scale,
            chin=(head.chin - self.top) * self.scale,
        )

    def to_picture(self, head: Head) -> Head:
        """Return the head of the portrait in pixels of the picture, turned by `angle`."""
        return Head(
            crown=self.top + head.crown / self.scale,
            eyes=self.top + head.eyes / self.scale,
            centre=self.left + head.centre / self.scale,
            width=head.width / self.scale,
            chin=self.top + head.chin / self.scale,
            angle=self.angle,
        )

    @property
    def corners(self) -> NDArray[np.float64]:
        """The portrait's corners, float64 (4, 2): x, y in the picture, clockwise from the upper left."""
        right, bottom = self.left + self.width, self.top + self.height
        turned = np.array([(self.left, self.top), (right, self.top), (right, bottom), (self.left, bottom)])
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        return np.asarray(turned @ np.array([(cos, sin), (-sin, cos)]))


def solve(head: Head, picture: tuple[int, int], standard: PhotoStandard, may_extend: bool = False) -> Crop:
    """Return the crop of a `picture` of (width, height) that keeps every position rule and is nearest to the targets.

    With `may_extend` the crop reaches beyond the picture if there is none within it, at the fewest edges and by the
    fewest pixels and a reserve, as far as the standard allows.

    Raises PhotoProblem, which names the conflicting rules and by how many pixels of the portrait they miss:
    photo.hair_high, photo.hair_flat, photo.rules_conflict (rules against each other), photo.room_top, _bottom,
    _left, _right, photo.too_near (the picture ends too early), photo.too_far (too few pixels), photo.too_small.
    """
    if head.crown < _EDGE_TOLERANCE_PX:  # the hair touches the edge: no scale makes room above it
        head = replace(head, crown=min(0.0, head.crown))
    output = standard.output
    constraints = crop_constraints(head, standard)
    rows = constraint_matrix(constraints, edge_rows(picture, (output.width, output.height), head.angle))
    if feasible(rows):
        return _best_crop(head, constraints, rows, standard)
    beyond = smallest_extension(constraints, picture, standard, head.angle) if may_extend else None
    if beyond is None:
        raise explain(constraints, head, picture, standard)
    slack = {"top": beyond.top, "left": beyond.left, "right": beyond.right}
    extended = edge_rows(picture, (output.width, output.height), head.angle, slack)
    return replace(_best_crop(head, constraints, constraint_matrix(constraints, extended), standard), extension=beyond)


def target_face_width(standard: PhotoStandard) -> float:
    """Return the target width of the face in portrait pixels; the usual one where the standard has no rule."""
    head = Head(crown=0, eyes=0, centre=0, width=1)
    aims = [
        band.target
        for band in crop_constraints(head, standard)
        if band.measure == "face_width" and band.target is not None
    ]
    return aims[0] if aims else _DEFAULT_FACE_WIDTH * standard.output.width


def _best_crop(head: Head, constraints: Sequence[Constraint], rows: Rows, standard: PhotoStandard) -> Crop:
    output = standard.output
    upright = eliminate(rows, X)
    low, high = bounds(eliminate(upright, Y), U)
    step = math.gcd(output.width, output.height)
    scales = _scales(float(low), float(high), step)
    tops = _best_tops(head, constraints, upright, scales, output.height)
    penalties = np.sum(
        [
            band.penalty(_constraint_values(band, tops, scales))
            for band in _scaling_constraints(constraints, head, output.width)
        ],
        axis=0,
    )
    best = int(np.argmin(penalties))
    scale, top = scales[best], tops[best]
    left = _best_left(head, constraints, rows, scale, top, output.width)
    sides = snap(scale * output.width), snap(scale * output.height)
    return Crop(left, float(top), *sides, float(1 / scale), head.angle)


def _scales(low: float, high: float, step: int) -> NDArray[np.float64]:
    """Return candidates for picture pixels per portrait pixel: those with whole sides of the crop, if they are
    dense."""
    whole = np.arange(math.ceil(low * step), math.floor(high * step) + 1) / step
    return whole if step >= MIN_SCALE_STEPS and len(whole) else np.linspace(low, high, _SCALE_SAMPLES)


def _best_tops(
    head: Head, constraints: Sequence[Constraint], upright: Rows, scales: NDArray[np.float64], height: int
) -> NDArray[np.float64]:
    """Return, for every scale, the mean of the tops that the rules prefer, weighted by the narrowness of their
    bands."""
    targets = [
        (b.weight, b.value - (b.target or 0) * scales) for b in constraints if b.axis == Y and b.target is not None
    ]
    if not targets:
        targets = [(1.0, head.eyes - _DEFAULT_EYE_LINE * height * scales)]
    target = sum(weight * at for weight, at in targets) / sum(weight for weight, _ in targets)
    return nearest_whole(np.asarray(target), *bounds(upright, Y, (U, scales)))


def _best_left(
    head: Head, constraints: Sequence[Constraint], rows: Rows, scale: float, top: float, width: int
) -> float:
    aims = [band.target for band in constraints if band.axis == X and band.target is not None]
    target = np.array(head.centre - (aims[0] if aims else width / 2) * scale)
    return float(nearest_whole(target, *bounds(rows, X, (U, np.array(scale)), (Y, np.array(top)))))


def _scaling_constraints(constraints: Sequence[Constraint], head: Head, width: int) -> list[Constraint]:
    """Return the constraints on the size of the head; without any, the usual width of the face."""
    constraints_with_target = [band for band in constraints if band.axis != X and band.target is not None]
    if (
        any(band.axis not in (X, Y) for band in constraints_with_target)
        or sum(band.axis == Y for band in constraints_with_target) > 1
    ):
        return constraints_with_target
    default_width = _DEFAULT_FACE_WIDTH * width
    return [*constraints_with_target, Constraint("", "face_width", -1, head.width, 0, 2 * default_width, default_width)]


def _constraint_values(
    constraint: Constraint, tops: NDArray[np.float64], scales: NDArray[np.float64]
) -> NDArray[np.float64]:
    return (constraint.value - (tops if constraint.axis == Y else 0)) / scales
