"""Old backdrop in a finished portrait: parts of the shot's backdrop left between hair, neck and shoulders.

They are even spots beside the head, of its hue and nearly its brightness, that end at an edge: hair around them is
darker or lighter. Other spots of that hue differ: a highlight on hair falls off from its peak, eyes lie inside the
face, a shining forehead lies in front of the skull, a collar begins below the chin, a shirt reaches the chest, and a
fold has lighter cloth of its hue next to it.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import FloatImage, Mask, Pixels, Plane
from config.opencv import cv2
from kiosk.capture.verification.background import Background, Colour, channel_distance
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.landmarks import Detections

_MAX_PLAIN_SPREAD: Final = 8.0  # levels of spread above which the background has no single colour
_HEIGHT_PX: Final = 640  # lengths are pixels of a portrait of this height
_MIN_LEVELS: Final = 24  # levels from the new background: a nearer spot is a correct gap, or invisible
_SHADES: Final = (0.75, 1.12)  # of the backdrop's brightness: it is lit unevenly, and the person shades it
_MAX_HUE_LEVELS: Final = 9.0  # levels from the line through black and the backdrop: JPEG's error in small spots
_SPOT_SIDE_PX: Final = 3  # a narrower spot is hidden by the hair
_RING_SIDE_PX: Final = 7
_MIN_RING_LEVELS: Final = 45.0
_MIN_RING_SHARE: Final = 0.6
_MAX_UNEVENNESS: Final = 0.112
"""The mean gradient per pixel within a spot, as a share of the contrast with the ring. It is 0.05 to 0.107 in spots
that the engine's method 2 left in 12 of 204 studio photographs (Face Research Lab London), known by the matte of method
3, and 0.118 to 0.2 in highlights on hair in 12 others."""
_MIN_CORE_PX: Final = 4
_FOLD: Final = 1.1  # times a spot's own brightness: lighter pixels of its hue are the cloth of which the spot is a fold
_MAX_CLOTH_SHARE: Final = 0.1  # of the ring
_SKULL_REACH: Final = (0.4, 0.3)  # face widths beside and above the top of the face: there the skull is behind the hair
_FACE_REACH: Final = (1.15, 0.9)  # face widths beside the middle, and below the chin


def old_backdrop(pixels: Pixels, detections: Detections, background: Background | None, colour: Colour) -> float | None:
    """Return the area of the parts of `colour`, the shot's backdrop (sRGB), in pixels of a portrait 640 px high.

    `pixels` is uint8 (h, w, 3). None without a face or without a plain background.
    """
    if background is None or background.spread > _MAX_PLAIN_SPREAD or not detections.faces:
        return None
    zoom = _HEIGHT_PX / pixels.shape[0]
    size = (max(1, round(pixels.shape[1] * zoom)), _HEIGHT_PX)
    small = pixels if zoom == 1 else np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    face = detections.faces[0].transform(zoom, (0, 0))
    left, top, right, bottom = _window(face, small.shape)
    part = np.ascontiguousarray(small[top:bottom, left:right])
    return float(find_spots(part, face.transform(1.0, (-left, -top)), background.mean, colour).sum())


def _window(face: Face, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return the area that is searched and the surroundings that it is compared with: left, top, right, bottom."""
    middle, reach = float(face.chin[0] + face.forehead[0]) / 2, _FACE_REACH[0] * face.width + _RING_SIDE_PX
    bottom = float(face.chin[1]) + _FACE_REACH[1] * face.width + _RING_SIDE_PX
    left, right = max(0, int(middle - reach)), min(shape[1], int(middle + reach) + 1)
    return left, 0, max(right, left + 1), max(1, min(shape[0], int(bottom) + 1))


def find_spots(pixels: Pixels, face: Face, background: NDArray[np.float64], colour: Colour) -> Mask:
    """Return the spots of `colour` beside `face`, bool (h, w), in (a part of) a portrait 640 px high."""
    smooth = cv2.GaussianBlur(pixels, (0, 0), 0.8).astype(np.float32)
    foreign = channel_distance(pixels, background) > _MIN_LEVELS
    shade, hue_distance = _shade(smooth, colour)
    of_its_hue = hue_distance < _MAX_HUE_LEVELS
    alike = foreign & of_its_hue & (shade > _SHADES[0]) & (shade < _SHADES[1]) & _beside_the_face(face, foreign.shape)
    opened = cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((_SPOT_SIDE_PX,) * 2, np.uint8))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    spots, lowest = np.zeros(alike.shape, bool), _lowest_row(face, alike.shape[0])
    for label, (left, top, width, height, _) in enumerate(boxes):
        is_cloth = top >= max(0, int(face.chin[1])) or top + height >= lowest
        if label == 0 or is_cloth:  # a collar begins below the chin, and a spot that reaches the chest is no gap
            continue
        around = _surroundings(left, top, width, height)
        spot = labels[around] == label
        ring = _ring(spot)
        lighter_cloth = (foreign & of_its_hue)[around] & (shade[around] > _FOLD * float(np.median(shade[around][spot])))
        if lighter_cloth[ring].mean() < _MAX_CLOTH_SHARE and _ends_at_an_edge(
            smooth[around], spot, ring, foreign[around]
        ):
            spots[around] |= spot
    return spots


def _surroundings(left: int, top: int, width: int, height: int) -> tuple[slice, slice]:
    """Return the rows and columns of a spot's box and of the ring around it."""
    reach = _RING_SIDE_PX // 2
    rows, columns = slice(max(0, top - reach), top + height + reach), slice(max(0, left - reach), left + width + reach)
    return rows, columns


def _shade(smooth: FloatImage, colour: Colour) -> tuple[Plane, Plane]:
    """Return the brightness relative to `colour`, and the distance from the line through black and `colour`, levels."""
    own = np.asarray(colour, np.float32)
    shade = cv2.transform(smooth, own[None] / float(own @ own))
    squares = cv2.merge([(plane - shade * level) ** 2 for plane, level in zip(cv2.split(smooth), own, strict=True)])
    mean_square = cv2.transform(squares, np.full((1, 3), 1 / 3, np.float32))
    return np.asarray(shade, np.float32), np.asarray(np.sqrt(mean_square), np.float32)


def _beside_the_face(face: Face, shape: tuple[int, ...]) -> Mask:
    """Return the area beside and above the face, down to the shoulders, without the face and the front of the skull."""
    height, width = shape[:2]
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [np.rint(face.oval).astype(np.int32)], (1,))
    top = (round(float(face.forehead[0])), round(float(face.forehead[1])))
    skull = (round(_SKULL_REACH[0] * face.width), round(_SKULL_REACH[1] * face.width))
    cv2.ellipse(inside, top, skull, 0, 180, 360, (1,), -1)
    middle = float(face.chin[0] + face.forehead[0]) / 2
    columns = np.abs(np.arange(width) - middle) < _FACE_REACH[0] * face.width
    rows = np.arange(height) < _lowest_row(face, height)
    return np.asarray(rows[:, None] & columns[None] & (inside == 0))


def _lowest_row(face: Face, height: int) -> int:
    """Return the row at which the searched area ends, on the chest."""
    return min(height, math.ceil(float(face.chin[1]) + _FACE_REACH[1] * face.width))


def _ring(spot: Mask) -> Mask:
    """Return the pixels around `spot`."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_RING_SIDE_PX,) * 2)
    return np.asarray((cv2.dilate(spot.astype(np.uint8), kernel) > 0) & ~spot)


def _ends_at_an_edge(smooth: FloatImage, spot: Mask, ring: Mask, foreign: Mask) -> bool:
    """Return whether the `spot` is even and the pixels of the `ring` are of another brightness or new background. A
    highlight on hair falls off from its peak."""
    own = np.median(smooth[spot], axis=0)
    contrasts = np.abs(smooth[ring] - own).max(axis=1)
    other = (contrasts > _MIN_RING_LEVELS) | ~foreign[ring]
    return bool(
        other.mean() > _MIN_RING_SHARE and _gradient_within(smooth, spot) < _MAX_UNEVENNESS * np.median(contrasts)
    )


def _gradient_within(smooth: FloatImage, spot: Mask) -> float:
    """Return the mean gradient of the brightness within `spot`, without its rim, in levels per pixel."""
    brightness = cv2.transform(smooth, np.full((1, 3), 1 / 3, np.float32))
    steps = [cv2.Sobel(brightness, cv2.CV_32F, dx, dy, scale=1 / 8) for dx, dy in ((1, 0), (0, 1))]
    core = cv2.erode(spot.astype(np.uint8), np.ones((_SPOT_SIDE_PX,) * 2, np.uint8)) > 0
    return float(cv2.magnitude(*steps)[core if core.sum() >= _MIN_CORE_PX else spot].mean())
