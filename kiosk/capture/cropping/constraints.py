"""Rules of place -> inequalities: where a head may stand in the portrait, linear in the crop's origin and scale.

With u = picture pixels per portrait pixel, a point p of the head comes to stand at (p - origin) / u. That it shall lie
between low and high is low u <= p - origin <= high u: linear in origin and u, and so are sizes, without the origin.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.standards.registry import PhotoStandard, Rule, Stage
from kiosk.capture.cropping.linear_inequalities import Rows, X, Y

_EPSILON_PX: Final = 1e-6  # px: keeps rounding of floats inside the bands
_SIZE_AXIS: Final = -1  # a band that speaks of no origin


@dataclass(frozen=True)
class Head:
    """Where the head is in the picture, in its pixels: top of the hair, eye line (y), middle of the face (x), the
    width of the face from cheek to cheek, and the chin (y). Rules of an unknown chin (nan) bind nothing.

    `angle` other than 0: the picture has to be turned by so many degrees about its upper left corner, clockwise as it
    is seen, for everything here to hold (see kiosk.capture.cropping.roll_correction).
    """

    crown: float
    eyes: float
    centre: float
    width: float
    chin: float = math.nan
    angle: float = 0.0


@dataclass(frozen=True)
class Constraint:
    """What one rule leaves free, in pixels of the portrait: `at` (a point on `axis`, or a size) comes to lie between
    `low` and `high`, its margin of error taken off, so that the verdict will be a clear pass. `flipped`: the rule
    counts from the other end, so its own low is the `high` here."""

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
        """How much a band counts for where the crop goes; 0 where it does not say what is best."""
        return 0.0 if self.target is None else 1 / max(self.max - self.min, _EPSILON_PX)

    def penalty(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 at the aim, 1 on either bound; the fourth power keeps clear of the bounds rather than near the aims."""
        if self.target is None:
            return np.zeros_like(values)
        room = np.where(values < self.target, self.target - self.min, self.max - self.target)
        return np.asarray(((values - self.target) / np.maximum(room, _EPSILON_PX)) ** 4)


def crop_constraints(head: Head, standard: PhotoStandard) -> list[Constraint]:
    """The standard's rules of place for that head, in its order. Other rules of the portrait bind no crop."""
    found = (_constraint(name, rule, head, standard) for name, rule in standard.rules_for(Stage.PORTRAIT).items())
    return [band for band in found if band is not None]


def _constraint(name: str, rule: Rule, head: Head, standard: PhotoStandard) -> Constraint | None:
    width, height = standard.output.width, standard.output.height
    # measure: (axis, point or size, what a share is of, portrait position = start + sign x value)
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
    """The bounds with the margin taken off; a band narrower than its margins keeps its middle."""
    low = -math.inf if rule.min is None else rule.min
    high = math.inf if rule.max is None else rule.max
    inset = min(rule.tolerance + _EPSILON_PX, (high - low) / 2)
    return low + inset, high - inset


def _target(rule: Rule, unit: float) -> float | None:
    """Where the rule would like the measure; a rule with one bound and no aim is content anywhere."""
    if rule.target is not None:
        return rule.target * unit
    return (rule.min + rule.max) / 2 * unit if rule.min is not None and rule.max is not None else None


def constraint_matrix(constraints: Iterable[Constraint], rows: Rows) -> Rows:
    """All inequalities together."""
    return np.concatenate([rows, np.array([row for band in constraints for row in band.rows]).reshape(-1, 4)])


EDGE_NAMES: Final = ("left", "right", "top", "bottom")
"""Which row is which; the last row says that nothing is enlarged."""


def edge_rows(
    picture: tuple[int, int],
    output: tuple[int, int],
    angle: float,
    slack_px: float = 0.0,
    slack_edges: frozenset[str] = frozenset(),
) -> Rows:
    """The rows for a crop turned by `angle` that lies within the picture, all its corners.

    `slack_px`: that many portrait pixels may be missing at the edges `slack_edges` (to learn how many are).
    """
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    width, height = output
    more, less = max(sin, 0.0), max(-sin, 0.0)
    missing = [slack_px if edge in slack_edges else 0.0 for edge in EDGE_NAMES]
    return np.array(
        [
            (-cos, sin, more * height - missing[0], 0.0),
            (cos, -sin, cos * width + less * height - missing[1], float(picture[0])),
            (-sin, -cos, less * width - missing[2], 0.0),
            (sin, cos, cos * height + more * width - missing[3], float(picture[1])),
            (0.0, 0.0, -1.0, -1.0),
        ]
    )
