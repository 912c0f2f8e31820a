"""Rules on the position of the head as inequalities that are linear in the crop's origin and scale.

With u = picture pixels per portrait pixel, a point p of the head is at (p - origin) / u in the portrait. The condition
min <= (p - origin) / u <= max becomes min u <= p - origin <= max u, which is linear in origin and u. Sizes have the
same form without the origin.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.standards.registry import PhotoStandard, Rule, Stage
from kiosk.capture.cropping.linear_inequalities import Rows, X, Y

_EPSILON_PX: Final = 1e-6  # px: keeps rounding of floats inside the bands
_SIZE_AXIS: Final = -1  # a band that does not depend on the origin


@dataclass(frozen=True)
class Head:
    """Position of the head in pixels of the picture: top of the hair, eye line (y), middle of the face (x), width of
    the face from cheek to cheek, and the chin (y). Rules on an unknown chin (nan) have no effect.

    With `angle` other than 0 these are positions in the picture rotated by `angle` degrees about its upper left corner,
    clockwise on the screen (see kiosk.capture.cropping.roll_correction).
    """

    crown: float
    eyes: float
    centre: float
    width: float
    chin: float = math.nan
    angle: float = 0.0


@dataclass(frozen=True)
class Constraint:
    """The band of one rule in pixels of the portrait: `value` (a point on `axis`, or a size) must lie between `min`
    and `max`. The tolerance is subtracted, so that the verdict is a clear pass. With `flipped` the rule counts
    from the opposite edge, and its lower bound is the `max` here."""

    rule: str
    measure: str
    axis: int
    value: float
    min: float
    max: float
    target: float | None
    flipped: bool = False

    def relax(self, pixels: float) -> Constraint:
        return replace(self, min=self.min - pixels, max=self.max + pixels)

    @property
    def rows(self) -> Iterable[tuple[float, float, float, float]]:
        origin = [float(self.axis == X), float(self.axis == Y)]
        if self.min > -math.inf:
            yield origin[0], origin[1], self.min, self.value
        if self.max < math.inf:
            yield -origin[0], -origin[1], -self.max, -self.value

    @property
    def weight(self) -> float:
        """The weight of this rule when a crop is chosen; 0 without a target."""
        return 0.0 if self.target is None else 1 / max(self.max - self.min, _EPSILON_PX)

    def penalty(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 0 at the target and 1 on either bound; the fourth power weights the bounds more than the target."""
        if self.target is None:
            return np.zeros_like(values)
        room = np.where(values < self.target, self.target - self.min, self.max - self.target)
        return np.asarray(((values - self.target) / np.maximum(room, _EPSILON_PX)) ** 4)


def crop_constraints(head: Head, standard: PhotoStandard) -> list[Constraint]:
    """Return the constraints of the standard's position rules for `head`, in the order of the standard."""
    bands = (_constraint(name, rule, head, standard) for name, rule in standard.rules_for(Stage.PORTRAIT).items())
    return [band for band in bands if band is not None]


def _constraint(name: str, rule: Rule, head: Head, standard: PhotoStandard) -> Constraint | None:
    width, height = standard.output.width, standard.output.height
    # metric: (axis, point or size, pixels of a share of 1, start, sign); portrait position = start + sign x value
    places: dict[str, tuple[int, float, int, float, int]] = {
        "hair_top": (Y, head.crown, height, 0, 1),
        "eye_line": (Y, head.eyes, height, 0, 1),
        "body_share": (Y, head.chin, height, height, -1),
        "centring": (X, head.centre, width, width / 2, 1),
        "face_width": (_SIZE_AXIS, head.width, width, 0, 1),
        "head_height": (_SIZE_AXIS, head.chin - head.crown, height, 0, 1),
    }
    if rule.metric not in places or math.isnan(places[rule.metric][1]):
        return None
    axis, at, whole, start, sign = places[rule.metric]
    unit = whole if rule.unit == "share" else 1
    ends = sorted(start + sign * bound * unit for bound in _inset_bounds(rule))
    aim = _target(rule, unit)
    return Constraint(
        name, rule.metric, axis, at, ends[0], ends[1], None if aim is None else start + sign * aim, sign < 0
    )


def _inset_bounds(rule: Rule) -> tuple[float, float]:
    """Return the bounds less the tolerance; of a band narrower than that, its middle."""
    low = -math.inf if rule.min is None else rule.min
    high = math.inf if rule.max is None else rule.max
    inset = min(rule.tolerance + _EPSILON_PX, (high - low) / 2)
    return low + inset, high - inset


def _target(rule: Rule, unit: float) -> float | None:
    """Return the target of the metric; None for a rule with one bound and no target."""
    if rule.target is not None:
        return rule.target * unit
    return (rule.min + rule.max) / 2 * unit if rule.min is not None and rule.max is not None else None


def constraint_matrix(constraints: Iterable[Constraint], rows: Rows) -> Rows:
    """Return all inequalities together."""
    return np.concatenate([rows, np.array([row for band in constraints for row in band.rows]).reshape(-1, 4)])


EDGE_NAMES: Final = ("left", "right", "top", "bottom")
"""The names of the first rows of `edge_rows`; its last row forbids enlargement."""


def edge_rows(
    picture: tuple[int, int],
    output: tuple[int, int],
    angle: float,
    slack: Mapping[str, float] = MappingProxyType({}),
) -> Rows:
    """Return the rows that keep all corners of a crop turned by `angle` within the picture.

    `slack` is the number of portrait pixels that may be missing at an edge.
    """
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    width, height = output
    more, less = max(sin, 0.0), max(-sin, 0.0)
    missing = [slack.get(edge, 0.0) for edge in EDGE_NAMES]
    return np.array(
        [
            (-cos, sin, more * height - missing[0], 0.0),
            (cos, -sin, cos * width + less * height - missing[1], float(picture[0])),
            (-sin, -cos, less * width - missing[2], 0.0),
            (sin, cos, cos * height + more * width - missing[3], float(picture[1])),
            (0.0, 0.0, -1.0, -1.0),
        ]
    )
