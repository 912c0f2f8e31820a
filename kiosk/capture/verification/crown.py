"""The top of the hair in a finished portrait without a matte: one is computed for the strip above the forehead.

Against the true mattes of 90 composed portraits (six people, five colours of hair and clothes, three backgrounds) the
median error is 0.4 px at 640 px of height, the 95th percentile 1.7; up to 9.7 where hair has exactly the background's
colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Mask, Pixels
from config.opencv import cv2
from kiosk.capture.cropping.subject import face_centre_x
from kiosk.capture.matting.closed_form import UNKNOWN, closed_form
from kiosk.capture.verification.background import Background, channel_distance
from kiosk.guidance.detection.crown import find_crown
from kiosk.guidance.detection.landmarks import Detections

_STRIP_HALF_WIDTH: Final = 0.5  # face widths to either side of the middle: a little more than the crown needs
_MAX_FACE_WIDTH_PX: Final = 240.0  # px: a wider face is reduced to it; finer detail does not change the crown
_MAX_PLAIN_SPREAD: Final = 8.0  # levels: a background with at most this spread is artificial and distinct from hair
_RINGING_LEVELS: Final = 4.0  # levels by which JPEG changes an even area next to an edge
_TOP_BAND: Final = 0.03  # face widths from the upper edge: background begins here, below the ringing of a frame
_SURE_HAIR_DEPTH: Final = 0.07  # face widths below the outer edge of the hair: deeper pixels are surely hair
_TOLERANCE: Final = 1e-7  # of the matte's equations: the crown is then exact to 0.001 px
_MASK_ERROR: Final = 0.12  # face widths: error of the person mask in front of a background that is not plain
_UNEVEN_ERROR: Final = 0.03  # face widths: error of the crown there (p95 of the mask: 5.7 px at a width of 200 px)


@dataclass(frozen=True)
class Crown:
    """The row of the top of the hair, and its error where that exceeds the rule's tolerance; both px."""

    row: float
    error: float


@dataclass(frozen=True)
class _Strip:
    """The part above the forehead, scaled by `zoom`: its pixels and person mask, and the face's width and centre in
    it."""

    pixels: Pixels
    person: NDArray[np.float32]
    face_width: float
    centre: float
    zoom: float


def find_portrait_crown(
    pixels: Pixels, detections: Detections, background: Background | None, top: int
) -> Crown | None:
    """Return the top of the hair of the widest face in `pixels`, uint8 (h, w, 3), whose first `top` rows are a frame.
    If the head is cut off, the result is the upper edge.

    In front of a plain background hair is found by colour; otherwise by the person mask, with a larger error. None if
    neither is possible.
    """
    strip = _extract_strip(pixels, detections, top)
    if strip is None:
        return Crown(top, 0.0)
    plain = background is not None and background.spread <= _MAX_PLAIN_SPREAD
    trimap = _trimap_by_colour(strip, background) if background is not None and plain else _trimap_by_mask(strip)
    if not (trimap == 0).any():
        return Crown(top, 0.0) if float(strip.person[0].mean()) > 0.5 else None
    row = find_crown(_compute_matte(strip.pixels, trimap), strip.centre, strip.face_width, len(trimap))
    if row is None:
        return None
    return Crown(top + row / strip.zoom, 0.0 if plain else _UNEVEN_ERROR * detections.faces[0].width)


def _extract_strip(pixels: Pixels, detections: Detections, top: int) -> _Strip | None:
    """Return the strip; None if the forehead itself is at or beyond the upper edge."""
    face = detections.faces[0]
    height, width = pixels.shape[:2]
    zoom = min(1.0, _MAX_FACE_WIDTH_PX / face.width)
    left = int(np.clip(face_centre_x(face) - _STRIP_HALF_WIDTH * face.width, 0, width - 2))
    right = int(np.clip(face_centre_x(face) + _STRIP_HALF_WIDTH * face.width, left + 2, width))
    bottom = min(height, int(face.forehead[1]))
    mask = detections.person_mask_at(detections.size)
    if bottom < top + 2 or mask is None:
        return None
    size = (max(2, round((right - left) * zoom)), max(2, round((bottom - top) * zoom)))
    part, person = (
        cv2.resize(np.ascontiguousarray(a[top:bottom, left:right]), size, interpolation=cv2.INTER_AREA)
        for a in (pixels, mask)
    )
    return _Strip(
        np.asarray(part, np.uint8),
        np.asarray(person, np.float32),
        face.width * zoom,
        (face_centre_x(face) - left) * zoom,
        zoom,
    )


def _trimap_by_colour(strip: _Strip, background: Background) -> NDArray[np.float64]:
    """Return a trimap. Pixels of the background's colour that are connected to the upper edge are background, except
    single pixels of hair of that colour; everything deep enough below is hair."""
    tolerance = max(_RINGING_LEVELS, background.spread)
    same = (channel_distance(strip.pixels, background.mean) <= tolerance).astype(np.uint8)
    core = cv2.erode(same, np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(core, connectivity=4)
    upper = labels[: math.ceil(_TOP_BAND * strip.face_width)]
    free = np.isin(labels, np.unique(upper)) & (labels > 0)
    near = cv2.dilate(free.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    return _trimap(np.asarray(near & (same > 0) & (strip.person < 0.5)), strip)


def _trimap_by_mask(strip: _Strip) -> NDArray[np.float64]:
    person = (strip.person > 0.5).astype(np.uint8)
    away = cv2.distanceTransform(1 - person, cv2.DIST_L2, 5) if person.any() else np.full(person.shape, np.inf)
    trimap = _trimap(np.asarray((away > _MASK_ERROR * strip.face_width) & (strip.person < 0.1)), strip)
    inside = cv2.distanceTransform(np.pad(person, ((0, 99), (0, 0)), "edge"), cv2.DIST_L2, 5)[: len(person)]
    return np.where(inside > _MASK_ERROR * strip.face_width, 1.0, np.where(trimap == 0, 0.0, 0.5))


def _trimap(free: Mask, strip: _Strip) -> NDArray[np.float64]:
    """Return 0 if `free`, 1 where hair is dense, else 0.5; flyaway hairs do not count as dense."""
    solid = cv2.morphologyEx((~free).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    below = np.pad(solid, ((0, 99), (0, 0)), constant_values=1)
    deep = cv2.distanceTransform(below, cv2.DIST_L2, 3)[: len(solid)] > _SURE_HAIR_DEPTH * strip.face_width
    return np.where(free, 0.0, np.where(deep, 1.0, 0.5))


def _compute_matte(pixels: Pixels, trimap: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the matte of the strip; only undecided pixels are solved, which needs both hair and background."""
    rows = np.flatnonzero((trimap == UNKNOWN).any(axis=1))
    part = trimap[max(0, rows[0] - 2) : rows[-1] + 3] if len(rows) else trimap
    if not ((part == 0).any() and (part == 1).any()):
        return trimap.astype(np.float32)
    return closed_form(np.asarray(pixels, np.float32) / 255, trimap, tolerance=_TOLERANCE)
