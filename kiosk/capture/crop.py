"""The crop solved from the rules: which part of the shot becomes the portrait.

With output = scale x (picture - origin) every rule is linear in scale and origin: for a given scale each rule leaves an
interval of origins, and the crop exists if they meet. Scale and origin are tried as whole pixels of the picture, all of
them, so that "no" is exact; nothing is mirrored, rotated or enlarged, and the crop lies within the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from config.problem import Problem
from config.standard import PhotoStandard, Stage
from kiosk.capture.portrait import PhotoProblem

_HAIR_WIDTH = 1e-6  # px: keeps rounding of floats inside the bands


@dataclass(frozen=True)
class Head:
    """Where the head is in the picture, in its pixels: top of the hair, eye line (y), middle of the face (x), and the
    width of the face from cheek to cheek."""

    crown: float
    eyes: float
    centre: float
    width: float


@dataclass(frozen=True)
class Crop:
    """A part of the picture in whole pixels; `scale` is portrait pixels per picture pixel, at most 1."""

    left: int
    top: int
    width: int
    height: int
    scale: float

    def placed(self, head: Head) -> Head:
        """Where the head comes to stand in the portrait."""
        return Head(
            crown=(head.crown - self.top) * self.scale,
            eyes=(head.eyes - self.top) * self.scale,
            centre=(head.centre - self.left) * self.scale,
            width=head.width * self.scale,
        )


@dataclass(frozen=True)
class _Band:
    """What a rule leaves free, its margin of error taken off, so that the verdict will be a clear pass."""

    low: float
    high: float
    aim: float

    @classmethod
    def of(cls, standard: PhotoStandard, measure: str) -> _Band:
        """The band of the standard's rule of that measure; without both bounds no crop can be solved."""
        for rule in standard.asked(Stage.PORTRAIT).values():
            if rule.measure == measure and rule.low is not None and rule.high is not None:
                inset = rule.margin + _HAIR_WIDTH
                aim = (rule.low + rule.high) / 2 if rule.aim is None else rule.aim
                return cls(rule.low + inset, rule.high - inset, aim)
        raise Problem("problem.standard.no_band", standard=standard.name, measure=measure)

    @property
    def breadth(self) -> float:
        return self.high - self.low

    def strain(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 at the aim, 1 on either bound; the fourth power keeps clear of the bounds rather than near the aims."""
        room = np.where(at < self.aim, self.aim - self.low, self.high - self.aim)
        return np.asarray(((at - self.aim) / np.maximum(room, _HAIR_WIDTH)) ** 4)


@dataclass(frozen=True)
class _Rules:
    width: int
    height: int
    hair: _Band
    eyes: _Band
    face: _Band
    centring: _Band

    @classmethod
    def of(cls, standard: PhotoStandard) -> _Rules:
        bands = (_Band.of(standard, name) for name in ("hair_top", "eye_line", "face_width", "centring"))
        return cls(standard.output.width, standard.output.height, *bands)


def solve(head: Head, picture: tuple[int, int], standard: PhotoStandard) -> Crop:
    """The crop of a `picture` of that (width, height) that keeps every rule of place and comes nearest to their aims.

    Raises PhotoProblem: photo.hair_high or photo.hair_flat where face_width and hair_top cannot both be kept, and by
    how many pixels of the portrait;
    photo.too_far where the face has too few pixels, photo.too_near, photo.room_top, _bottom, _left, _right.
    """
    rules = _Rules.of(standard)
    step = math.gcd(rules.width, rules.height)
    unit_width, unit_height = rules.width // step, rules.height // step
    most = min(picture[0] // unit_width, picture[1] // unit_height)
    units = np.arange(step, most + 1, dtype=np.float64)
    scales = step / units
    tops = _span(_origins(head.crown, rules.hair, scales), _origins(head.eyes, rules.eyes, scales))
    tops = _span(tops, (np.zeros(len(units)), picture[1] - units * unit_height))
    middle = _Band(rules.centring.low + rules.width / 2, rules.centring.high + rules.width / 2, 0)
    lefts = _span(_origins(head.centre, middle, scales), (np.zeros(len(units)), picture[0] - units * unit_width))
    faces = head.width * scales
    possible = _some(tops) & _some(lefts) & (faces >= rules.face.low) & (faces <= rules.face.high)
    if not possible.any():
        raise _why_not(head, picture, rules)
    tops_best = _best_tops(head, rules, scales, tops)
    best = int(np.argmin(np.where(possible, _strain(head, rules, scales, tops_best), np.inf)))
    scale = float(scales[best])
    wish = head.centre - (rules.width / 2 + rules.centring.aim) / scale
    left = int(np.clip(math.floor(wish + 0.5), lefts[0][best], lefts[1][best]))
    return Crop(left, int(tops_best[best]), int(units[best]) * unit_width, int(units[best]) * unit_height, scale)


def face_aim(standard: PhotoStandard) -> float:
    """The width in pixels that the face should have in the portrait."""
    return _Band.of(standard, "face_width").aim


Span = tuple[NDArray[np.float64], NDArray[np.float64]]


def _origins(at: float, band: _Band, scales: NDArray[np.float64]) -> Span:
    """The origins for which scale x (at - origin) lies in the band, for every scale."""
    return at - band.high / scales, at - band.low / scales


def _span(one: Span, other: Span) -> Span:
    return np.ceil(np.maximum(one[0], other[0])), np.floor(np.minimum(one[1], other[1]))


def _some(span: Span) -> NDArray[np.bool_]:
    return span[0] <= span[1]


def _best_tops(head: Head, rules: _Rules, scales: NDArray[np.float64], tops: Span) -> NDArray[np.float64]:
    """For every scale, the top between what hair and eyes would like, each weighted by how narrow its band is."""
    hair, eyes = 1 / rules.hair.breadth, 1 / rules.eyes.breadth
    wish = hair * (head.crown - rules.hair.aim / scales) + eyes * (head.eyes - rules.eyes.aim / scales)
    return np.asarray(np.clip(np.floor(wish / (hair + eyes) + 0.5), tops[0], np.maximum(*tops)))


def _strain(head: Head, rules: _Rules, scales: NDArray[np.float64], tops: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far a crop is from the aims, all of them together."""
    placed = ((head.crown - tops) * scales, (head.eyes - tops) * scales, head.width * scales)
    bands = (rules.hair, rules.eyes, rules.face)
    return np.asarray(np.sum([band.strain(at) for at, band in zip(placed, bands, strict=True)], axis=0))


def _why_not(head: Head, picture: tuple[int, int], rules: _Rules) -> PhotoProblem:
    """Why there is no crop: without the origin, bounds on the scale are left, and the two that cross are named."""
    rise = max(head.eyes - head.crown, _HAIR_WIDTH)
    least, most = rules.face.low / head.width, rules.face.high / head.width
    flattest, tallest = (rules.eyes.low - rules.hair.high) / rise, (rules.eyes.high - rules.hair.low) / rise
    if least > tallest:  # the hair is so high that the smallest face allowed still pushes it over its bound
        return PhotoProblem("photo.hair_high", pixels=_whole((least - tallest) * rise))
    if flattest > most:
        return PhotoProblem("photo.hair_flat", pixels=_whole((flattest - most) * rise))
    least = max(least, flattest)
    if least > 1:
        return PhotoProblem("photo.too_far", have=int(head.width), need=math.ceil(head.width * least))
    return _no_room(head, picture, rules, min(most, tallest, 1.0))


def _whole(pixels: float) -> int:
    return max(1, math.ceil(pixels))


def _no_room(head: Head, picture: tuple[int, int], rules: _Rules, scale: float) -> PhotoProblem:
    """Which side is too near. At the largest scale the rules allow, every side is as roomy as it gets."""
    width, height = picture[0] * scale, picture[1] * scale
    crown, eyes, centre = head.crown * scale, head.eyes * scale, head.centre * scale
    short = {
        "photo.room_top": max(rules.hair.low - crown, rules.eyes.low - eyes),
        "photo.room_bottom": max(crown - rules.hair.high, eyes - rules.eyes.high) + rules.height - height,
        "photo.room_left": rules.width / 2 + rules.centring.low - centre,
        "photo.room_right": rules.width / 2 - rules.centring.high - (width - centre),
    }
    lacking = max(rules.width - width, rules.height - height)
    if lacking > 0:
        return PhotoProblem("photo.too_near", pixels=_whole(lacking))
    side, pixels = max(short.items(), key=lambda item: item[1])
    return PhotoProblem(side, pixels=_whole(pixels))
