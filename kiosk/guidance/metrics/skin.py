"""The visible skin of a face and the even light on it, which are the reference for shadows and shine."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.arrays import Mask, Plane
from config.opencv import cv2
from config.srgb import linear_light, luminance
from kiosk.guidance.detection.face import FACE_OVAL
from kiosk.guidance.metrics.patches import FacePatch

RIGHT_CHEEK: Final = (50, 101, 205, 187, 123, 117, 118)
LEFT_CHEEK: Final = (280, 330, 425, 411, 352, 346, 347)
"""Mirror images of each other: from below the eye to the height of the mouth, away from nose and beard."""
RIGHT_FRONT: Final = (50, 101, 36, 205)
LEFT_FRONT: Final = (280, 330, 266, 425)
"""The part of the cheek that faces the camera, between eye, nose and mouth. Farther out a cheek turns away, even more
with the head's yaw: its brightness there depends on its shape as much as on the light."""
RIGHT_EYE: Final = (33, 246, 161, 160, 159, 158, 157, 173, 133, 7, 163, 144, 145, 153, 154, 155)
LEFT_EYE: Final = (263, 466, 388, 387, 386, 385, 384, 398, 362, 249, 390, 373, 374, 380, 381, 382)
RIGHT_BROW: Final = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107)
LEFT_BROW: Final = (276, 283, 282, 295, 285, 300, 293, 334, 296, 336)
LIPS: Final = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
NOSTRILS: Final = (98, 97, 2, 326, 327, 94)
_FEATURE_OUTLINES: Final = (RIGHT_EYE, LEFT_EYE, RIGHT_BROW, LEFT_BROW, LIPS, NOSTRILS)

_EYE_LANDMARKS: Final = ((RIGHT_EYE, 468, (469, 470, 471, 472)), (LEFT_EYE, 473, (474, 475, 476, 477)))
"""Outline of the lids, middle and edge of the iris."""
_IRIS_RADIUS_FACTOR: Final = 1.1
"""Iris radii round its middle within which nothing is the white of the eye."""
_EYE_WHITE_FACTOR: Final = 1.35
"""Times as bright as light skin: the brightest tenth of the white of wide open eyes, in the shade of the lids (17
portraits: 0.25 to 1.4, half of them above 0.9)."""
TYPICAL_EYE_WHITE_FACTOR: Final = 0.9
"""The same in the median of those portraits: it gives the most likely luminance of light skin, not the least."""
LIGHT_SKIN_LUMINANCE: Final = 0.36
"""Linear luminance of light skin at correct exposure."""
_MIN_EYE_WHITE_PX: Final = 4
"""Pixels: fewer are no evidence."""

FACE_WIDTH_PX: Final = 60
"""Pixels of the patch on which skin is searched: light, shadows and shine have no fine detail."""
_MAX_TINT_STOPS: Final = 0.65
"""Stops by which a channel's share may differ from the cheeks': hair is greyer by more, a shadow or make-up by less."""
_MAX_DARKER_STOPS: Final = 2.5
"""Stops below the cheeks: darker than that is hair."""
_OUTLIER_STOPS: Final = (1.2, 0.7, 0.5)
"""Stops off the plane in each pass: shadows, shine and beards must not change their own reference."""

_EROSION_KERNEL: Final = np.ones((3, 3), np.uint8)
"""Pixels next to anything other than skin: hair, beards and glasses shade them and mix with them."""


def light_skin_luminance(bright: Plane, patch: FacePatch, white_factor: float = _EYE_WHITE_FACTOR) -> float:
    """Return the least luminance of light skin in the light of this face, by the white of the eyes: 0 if too little
    of it is visible, up to LIGHT_SKIN_LUMINANCE. It exceeds that of the sitter's own skin only where that is dark. With
    TYPICAL_EYE_WHITE_FACTOR it is the most likely luminance.

    `bright` is the patch's luminance; of the two eyes the brighter one counts, as hair may shade one.
    """
    whites = [0.0]
    for lids, middle, edge in _EYE_LANDMARKS:
        centre = patch.face.landmark(middle)
        radius = _IRIS_RADIUS_FACTOR * float(np.linalg.norm(patch.face.points[list(edge), :2] - centre, axis=1).mean())
        white = patch.polygon_mask(lids).astype(np.uint8)
        x, y, reach = (round(16 * float(value)) for value in (*centre, radius))  # sixteenths of a pixel
        cv2.circle(white, (x, y), reach, (0,), -1, cv2.LINE_8, 4)
        values = np.sort(bright[white > 0])
        if values.size >= _MIN_EYE_WHITE_PX:
            whites.append(float(values[round(0.9 * (values.size - 1))]))
    return min(max(whites) / white_factor, LIGHT_SKIN_LUMINANCE)


def bare_face(patch: FacePatch, dilation_px: int) -> Mask:
    """Return the face without eyes, brows, lips and nostrils, which are enlarged by `dilation_px`. Hair and beard are
    included."""
    features = np.zeros(patch.pixels.shape[:2], np.uint8)
    for outline in _FEATURE_OUTLINES:
        features |= patch.polygon_mask(outline).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * dilation_px + 1, 2 * dilation_px + 1))
    return np.asarray(patch.polygon_mask(FACE_OVAL) & (cv2.dilate(features, kernel) == 0))


@dataclass(frozen=True, eq=False)
class SkinLight:
    """`stops` (h, w): logarithm to base 2 of the luminance; `plane` (h, w): the plane through that of the visible
    skin."""

    patch: FacePatch
    stops: Plane = field(repr=False)
    plane: Plane = field(repr=False)
    slope: tuple[float, float]
    """Stops by which `plane` rises from one pixel to the next, to the right and downwards."""

    def fall(self, start: Plane, end: Plane) -> float:
        """Return the stops by which `plane` falls from one point (2,) of the patch to another."""
        return float(np.dot(self.slope, start - end))

    def depth_below_plane(self, mask: Mask) -> float | None:
        """Return the median share by which `mask` is darker than under even light; 0 = equal."""
        if not mask.any():
            return None
        return 1.0 - float(np.exp2(np.median((self.stops - self.plane)[mask])))


def fit_skin_light(patch: FacePatch) -> SkinLight | None:
    """Return the light on the skin of a face patch; None if the cheeks are not visible."""
    light = np.asarray(cv2.GaussianBlur(linear_light(patch.pixels), (0, 0), 0.006 * FACE_WIDTH_PX), np.float32)
    stops = _stops(luminance(light) + np.float32(0.002))
    face = bare_face(patch, 1)
    cheeks = (patch.polygon_mask(RIGHT_CHEEK) | patch.polygon_mask(LEFT_CHEEK)) & face
    if cheeks.sum() < 12:
        return None
    logs = _stops(light + np.float32(0.004))
    tints = logs[..., ::2] - logs[..., 1:2]
    off = np.abs(tints - np.median(tints[cheeks], axis=0)).max(axis=-1)
    visible = face & (off < _MAX_TINT_STOPS) & (stops > np.median(stops[cheeks]) - _MAX_DARKER_STOPS)
    open_skin = cv2.erode(visible.astype(np.uint8), _EROSION_KERNEL) > 0
    across, down, level = _fit_plane(stops, open_skin if open_skin.sum() > cheeks.sum() else cheeks)
    height, width = stops.shape
    columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    even = np.asarray(across * columns + down * rows + level, np.float32)
    return SkinLight(patch, stops, even, (across, down))


def _stops(light: Plane) -> Plane:
    return np.asarray(cv2.log(light), np.float32) * np.float32(1 / math.log(2))


def _fit_plane(stops: Plane, mask: Mask) -> tuple[float, float, float]:
    """Return the slope across, the slope down and the level of the plane through most pixels of `mask`."""
    y, x = np.nonzero(mask)
    places = np.stack([x, y, np.ones_like(x)]).astype(np.float32)
    values = stops[mask]
    slope = _least_squares(places, values)
    for limit in _OUTLIER_STOPS:
        off = values - slope @ places
        near = np.abs(off - np.median(off)) < limit
        slope = _least_squares(places[:, near], values[near]) if near.sum() > 12 else slope
    return float(slope[0]), float(slope[1]), float(slope[2])


def _least_squares(places: Plane, values: Plane) -> Plane:
    """Solve least squares by the normal equations: three unknowns and thousands of pixels."""
    sums = (places @ places.T).astype(np.float64)
    return np.asarray(np.linalg.lstsq(sums, (places @ values).astype(np.float64), rcond=None)[0], np.float32)
