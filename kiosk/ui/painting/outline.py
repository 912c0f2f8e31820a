"""The area of the portrait in a live frame, and the position of the head in it.

The same function crops the shot (kiosk.capture.cropping.solver.solve), so the area on the live view is the future
portrait. Crown and chin are the sitter's own if they are detected. The rest follows the proportions of the body: the
eyes are half-way between the crown of the skull and the chin, and the shoulders are about 2.4 face widths across
(Loomis, Drawing the Head and Hands, 1956). Hair adds about a tenth of a face width; the sitter of the simulated studio
has 0.93 above the eyes and 0.81 below.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, TypeVar

from config.standards.registry import PhotoStandard, Rule, Stage
from kiosk.capture.cropping.solver import Crop, Head, solve
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.coaching.advice import FaceBox

# In face widths.
CROWN_ABOVE_EYES: Final = 0.92
CHIN_BELOW_EYES: Final = 0.81
# The limits for a head with its hair; a mask outside them contains a part of the background.
CROWN_RANGE: Final = (0.65, 1.6)
CHIN_RANGE: Final = (0.6, 1.1)
SHOULDER_WIDTH: Final = 2.4
NECK_WIDTH: Final = 0.6
# The height of the picture for the solver: that of a shot, because live frames are too small to cut.
_SOLVER_HEIGHT_PX: Final = 4000
# Distance of the area from the bounds of the live rules, in tolerances, so that a sitter who follows it passes.
_INSET_MARGINS: Final = 2.0


@dataclass(frozen=True)
class Area:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    def point_at(self, x: float, y: float) -> tuple[float, float]:
        """Return a point from fractions of the rectangle."""
        return self.x + x * self.width, self.y + y * self.height


@dataclass(frozen=True)
class Outline:
    """The head in fractions of the portrait: x and half-widths of its width, y of its height; 0,0 top left."""

    hair_top: float
    eye_line: float
    chin: float
    centre: float
    half_face: float
    half_neck: float
    half_shoulders: float
    shoulder_line: float


@dataclass(frozen=True)
class Framing:
    """The portrait's area as fractions of the frame (not mirrored), and the head within the portrait."""

    area: Area
    outline: Outline

    def pixel_area(self, width: float, height: float) -> Area:
        """Return the area in pixels of an unmirrored frame of that size."""
        area = self.area
        return Area(area.x * width, area.y * height, area.width * width, area.height * height)

    def interpolate(self, other: Framing, share: float) -> Framing:
        """Return this framing, moved by that share of the way to the `other`."""
        return Framing(_interpolate(self.area, other.area, share), _interpolate(self.outline, other.outline, share))

    def distance(self, other: Framing) -> float:
        """Return the largest difference between the two, in shares of the frame and of the portrait."""
        pairs = ((self.area, other.area), (self.outline, other.outline))
        return max(abs(float(getattr(a, f.name) - getattr(b, f.name))) for a, b in pairs for f in fields(a))


def portrait_framing(width: float, height: float, standard: PhotoStandard, face: FaceBox | None = None) -> Framing:
    """Return the framing in a frame of that size: for the `face`, or for a typical one in the ideal place.

    A face outside the bounds of the live rules gets the nearest allowed position, which shows the sitter where to move.
    Raises Problem if the standard lacks a rule that a crop needs.
    """
    aspect = width / height
    placement = _PlacementRules.from_standard(standard)
    if placement is None:
        return _largest_framing(aspect, standard)
    head = placement.ideal_head(aspect) if face is None else placement.nearest_head(face, aspect)
    try:
        return _solve_crop(head, aspect, standard)
    except PhotoProblem:  # the portrait does not fit there; for a typical head in the ideal place it does
        return _largest_framing(aspect, standard) if face is None else portrait_framing(width, height, standard)


def _solve_crop(head: Head, aspect: float, standard: PhotoStandard) -> Framing:
    """Return the framing by the same solver as the crop of a shot. `head` is in shares of the frame's height."""
    scaled_head = Head(*(getattr(head, field.name) * _SOLVER_HEIGHT_PX for field in fields(Head)))
    columns = round(aspect * _SOLVER_HEIGHT_PX)
    crop = solve(scaled_head, (columns, _SOLVER_HEIGHT_PX), standard)
    area = Area(
        crop.left / columns, crop.top / _SOLVER_HEIGHT_PX, crop.width / columns, crop.height / _SOLVER_HEIGHT_PX
    )
    return Framing(area, _head_outline(crop, scaled_head, standard))


def _head_outline(crop: Crop, head: Head, standard: PhotoStandard) -> Outline:
    width, height = standard.output.width, standard.output.height
    portrait_head = crop.to_portrait(head)
    return Outline(
        hair_top=portrait_head.crown / height,
        eye_line=portrait_head.eyes / height,
        chin=portrait_head.chin / height,
        centre=portrait_head.centre / width,
        half_face=portrait_head.width / 2 / width,
        half_neck=NECK_WIDTH * portrait_head.width / 2 / width,
        half_shoulders=SHOULDER_WIDTH * portrait_head.width / 2 / width,
        shoulder_line=(portrait_head.chin + 0.45 * portrait_head.width) / height,
    )


def _largest_framing(aspect: float, standard: PhotoStandard) -> Framing:
    """Return the largest area in the middle, with the head as the portrait's rules require; without live rules."""
    shape = standard.output.width / standard.output.height
    height = min(1.0, aspect / shape)
    width = height * shape / aspect
    outline = _solve_crop(_typical_head(0.5, 0.45, 0.2), 1.0, standard).outline
    return Framing(Area((1 - width) / 2, (1 - height) / 2, width, height), outline)


def _typical_head(
    centre: float, eyes: float, width: float, above: float = CROWN_ABOVE_EYES, below: float = CHIN_BELOW_EYES
) -> Head:
    """Return a head in shares of the height; `above` and `below` are distances from its eyes, in face widths."""
    return Head(eyes - above * width, eyes, centre, width, eyes + below * width)


@dataclass(frozen=True)
class _PlacementRules:
    """The live rules for position and size: `horizontal` from the middle, in shares of the width; `vertical` and `size`
    in shares of the height."""

    horizontal: Rule
    vertical: Rule
    size: Rule

    @classmethod
    def from_standard(cls, standard: PhotoStandard) -> _PlacementRules | None:
        live = {rule.metric: rule for rule in standard.rules_for(Stage.LIVE).values()}
        rules = [live.get(measure) for measure in ("face_x", "eye_y", "face_size")]
        bounded = [rule for rule in rules if rule is not None and rule.min is not None and rule.max is not None]
        return cls(*bounded) if len(bounded) == len(rules) else None

    def ideal_head(self, aspect: float) -> Head:
        horizontal, vertical, size = (_target_value(rule) for rule in (self.horizontal, self.vertical, self.size))
        return _typical_head((0.5 + horizontal) * aspect, vertical, size)

    def nearest_head(self, face: FaceBox, aspect: float) -> Head:
        horizontal = _clamp_to_rule(face.eye_x - 0.5, self.horizontal)
        width = face.width * aspect
        above = CROWN_ABOVE_EYES if face.crown_y is None else _clamp((face.eye_y - face.crown_y) / width, CROWN_RANGE)
        below = _clamp((face.chin_y - face.eye_y) / width, CHIN_RANGE)
        centre, eyes = (0.5 + horizontal) * aspect, _clamp_to_rule(face.eye_y, self.vertical)
        return _typical_head(centre, eyes, _clamp_to_rule(width, self.size), above, below)


def _rule_bounds(rule: Rule) -> tuple[float, float]:
    assert rule.min is not None
    assert rule.max is not None
    return rule.min, rule.max


def _target_value(rule: Rule) -> float:
    return sum(_rule_bounds(rule)) / 2 if rule.target is None else rule.target


def _clamp_to_rule(value: float, rule: Rule) -> float:
    low, high = _rule_bounds(rule)
    inset = min(_INSET_MARGINS * rule.tolerance, (high - low) / 2)
    return _clamp(value, (low + inset, high - inset))


def _clamp(value: float, bounds: tuple[float, float]) -> float:
    return min(bounds[1], max(bounds[0], value))


Geometry = TypeVar("Geometry", Area, Outline)


def _interpolate(one: Geometry, other: Geometry, share: float) -> Geometry:
    pairs = ((getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return type(one)(*(a + share * (b - a) for a, b in pairs))
