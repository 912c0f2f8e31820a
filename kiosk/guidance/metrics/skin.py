"""Where skin is to be seen in a face, and the even light on it: what shadows and shine are measured against."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from kiosk.guidance.detection.face import OVAL
from kiosk.guidance.metrics.linear_rgb import linear_light
from kiosk.guidance.metrics.patches import Chip

RIGHT_CHEEK: Final = (50, 101, 205, 187, 123, 117, 118)
LEFT_CHEEK: Final = (280, 330, 425, 411, 352, 346, 347)
"""Mirror images of each other: from below the eye to the height of the mouth, away from nose and beard."""
RIGHT_FRONT: Final = (50, 101, 36, 205)
LEFT_FRONT: Final = (280, 330, 266, 425)
"""The part of the cheek that faces the camera, between eye, nose and mouth. Farther out a cheek turns away, and more
so with the head: how dark it is there tells as much of its roundness as of the light."""
RIGHT_EYE: Final = (33, 246, 161, 160, 159, 158, 157, 173, 133, 7, 163, 144, 145, 153, 154, 155)
LEFT_EYE: Final = (263, 466, 388, 387, 386, 385, 384, 398, 362, 249, 390, 373, 374, 380, 381, 382)
RIGHT_BROW: Final = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107)
LEFT_BROW: Final = (276, 283, 282, 295, 285, 300, 293, 334, 296, 336)
LIPS: Final = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
NOSTRILS: Final = (98, 97, 2, 326, 327, 94)
_NO_SKIN: Final = (RIGHT_EYE, LEFT_EYE, RIGHT_BROW, LEFT_BROW, LIPS, NOSTRILS)

_EYES: Final = ((RIGHT_EYE, 468, (469, 470, 471, 472)), (LEFT_EYE, 473, (474, 475, 476, 477)))
"""Outline of the lids, middle and edge of the iris."""
_IRIS: Final = 1.1
"""Iris radii round its middle within which nothing is the white of the eye."""
_WHITE: Final = 1.35
"""Times as bright as light skin: the brightest tenth of the white of wide open eyes, lids' shade and all (17 portraits:
0.25 to 1.4, half of them above 0.9)."""
LIGHT_SKIN: Final = 0.36
"""Linear luminance of light skin as it should be taken."""
_FEW: Final = 4
"""Pixels: fewer tell nothing."""

FACE_WIDTH: Final = 60
"""Pixels, of the chip that skin is searched on: light, shadows and shine are coarse things."""
_OTHER_COLOUR: Final = 0.65
"""Stops by which a channel's share may differ from the cheeks': hair is greyer by more, a shadow or make-up by less."""
_DARKER: Final = 2.5
"""Stops below the cheeks: darker than that is hair."""
_OUTLIERS: Final = (1.2, 0.7, 0.5)
"""Stops off the plane, pass by pass: shadows, shine and beards are not to bend what they are held against."""

_BESIDE_HAIR: Final = np.ones((3, 3), np.uint8)
"""Pixels round anything that is not skin: hair, beards and glasses shade them and mix with them."""

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)


def luminance(light: Plane) -> Plane:
    """Luminance (Rec. 709 weights) of linear light (h, w, 3)."""
    return np.asarray(light @ _WEIGHTS, np.float32)


def light_skin(bright: Plane, small: Chip) -> float:
    """The luminance that light skin would surely have in the light of this face, by the white of the eyes: 0 where too
    little of it is seen, up to LIGHT_SKIN. More than the sitter's own skin has only where that is dark.

    `bright` is the chip's luminance; of the two eyes the brighter one counts, as hair may shade one.
    """
    seen = [0.0]
    for lids, middle, edge in _EYES:
        centre = small.face.at(middle)
        radius = _IRIS * float(np.linalg.norm(small.face.points[list(edge), :2] - centre, axis=1).mean())
        white = small.polygon(lids).astype(np.uint8)
        x, y, reach = (round(16 * float(value)) for value in (*centre, radius))  # sixteenths of a pixel
        cv2.circle(white, (x, y), reach, (0,), -1, cv2.LINE_8, 4)
        values = np.sort(bright[white > 0])
        if values.size >= _FEW:
            seen.append(float(values[round(0.9 * (values.size - 1))]))
    return min(max(seen) / _WHITE, LIGHT_SKIN)


def bare(small: Chip, grown: int) -> Mask:
    """The face without eyes, brows, lips and nostrils, these `grown` by so many pixels. Hair and beard are still in."""
    features = np.zeros(small.pixels.shape[:2], np.uint8)
    for outline in _NO_SKIN:
        features |= small.polygon(outline).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grown + 1, 2 * grown + 1))
    return np.asarray(small.polygon(OVAL) & (cv2.dilate(features, kernel) == 0))


@dataclass(frozen=True, eq=False)
class Skin:
    """`stops` (h, w): logarithm to base 2 of the luminance; `even` (h, w): the plane through that of all skin seen."""

    small: Chip
    stops: Plane = field(repr=False)
    even: Plane = field(repr=False)
    slope: tuple[float, float]
    """Stops by which `even` rises from one pixel to the next, to the right and downwards."""

    def fall(self, start: Plane, end: Plane) -> float:
        """Stops by which `even` falls from one point (2,) of the chip to another."""
        return float(np.dot(self.slope, start - end))

    def below_even(self, zone: Mask) -> float | None:
        """By how much `zone`, in the middle of its pixels, is darker than even light would have it: share, 0 = not."""
        if not zone.any():
            return None
        return 1.0 - float(np.exp2(np.median((self.stops - self.even)[zone])))


def skin_of(small: Chip) -> Skin | None:
    """The skin of a face chip; None where the cheeks cannot be seen."""
    light = np.asarray(cv2.GaussianBlur(linear_light(small.pixels), (0, 0), 0.006 * FACE_WIDTH), np.float32)
    stops = _stops(luminance(light) + np.float32(0.002))
    face = bare(small, 1)
    cheeks = (small.polygon(RIGHT_CHEEK) | small.polygon(LEFT_CHEEK)) & face
    if cheeks.sum() < 12:
        return None
    logs = _stops(light + np.float32(0.004))
    tints = logs[..., ::2] - logs[..., 1:2]
    off = np.abs(tints - np.median(tints[cheeks], axis=0)).max(axis=-1)
    seen = face & (off < _OTHER_COLOUR) & (stops > np.median(stops[cheeks]) - _DARKER)
    open_skin = cv2.erode(seen.astype(np.uint8), _BESIDE_HAIR) > 0
    across, down, level = _plane(stops, open_skin if open_skin.sum() > cheeks.sum() else cheeks)
    height, width = stops.shape
    columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    even = np.asarray(across * columns + down * rows + level, np.float32)
    return Skin(small, stops, even, (across, down))


def _stops(light: Plane) -> Plane:
    return np.asarray(cv2.log(light), np.float32) * np.float32(1 / math.log(2))


def _plane(stops: Plane, where: Mask) -> tuple[float, float, float]:
    """Slope across, slope down and level of the plane through most of what is seen at `where`."""
    y, x = np.nonzero(where)
    places = np.stack([x, y, np.ones_like(x)]).astype(np.float32)
    values = stops[where]
    slope = _fitted(places, values)
    for limit in _OUTLIERS:
        off = values - slope @ places
        near = np.abs(off - np.median(off)) < limit
        slope = _fitted(places[:, near], values[near]) if near.sum() > 12 else slope
    return float(slope[0]), float(slope[1]), float(slope[2])


def _fitted(places: Plane, values: Plane) -> Plane:
    """Least squares by the normal equations: three unknowns and thousands of pixels."""
    sums = (places @ places.T).astype(np.float64)
    return np.asarray(np.linalg.lstsq(sums, (places @ values).astype(np.float64), rcond=None)[0], np.float32)
