"""The background of a finished portrait: its mask, its mean colour and its deviation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Mask, Pixels
from config.opencv import cv2
from kiosk.guidance.detection.landmarks import Detections

Colour = tuple[int, int, int]

_MIN_EDGE_LEVELS: Final = 8  # levels within 3 x 3 pixels: gradients and soft shadows have less, hair and cloth more
_NOISE_FACTOR: Final = 3  # times the noise of the backdrop, which an edge exceeds as well
_MIN_FOREIGN_LEVELS: Final = 60  # levels from the background's median: an object, however smooth
_ATTACHED_REACH: Final = 0.35  # face widths from the person mask: where it may miss curls and sleeves
_ATTACHED_REACH_NO_FACE: Final = 0.12  # of the height, where there is no face
_CLEARANCE: Final = 16 / 640  # of the height: one JPEG block with halved colour, the range of ringing
_MIN_SHARE: Final = 0.02  # of the picture
_SPREAD_PERCENTILE: Final = 99  # per cent of the background's pixels for evenness


@dataclass(frozen=True)
class Background:
    """`mask`: bool (h, w); `mean`: float (3,), sRGB; `spread`: levels by which 99 of 100 pixels differ at most."""

    mask: Mask = field(repr=False)
    mean: NDArray[np.float64]
    spread: float

    def max_error(self, colour: Colour) -> float:
        """Return the difference between the mean and `colour` in levels of the worst channel."""
        return float(np.abs(self.mean - np.asarray(colour)).max())

    def nearest(self, colours: dict[str, Colour]) -> str:
        """Return the name of the colour nearest to the mean."""
        return min(colours, key=lambda name: self.max_error(colours[name]))


def find_background(pixels: Pixels, detections: Detections, frame: Mask) -> Background | None:
    """Return the background of `pixels`, uint8 (h, w, 3), without `frame`; None if there is too little of it."""
    mask = _background_mask(pixels, detections, frame)
    if mask.mean() < _MIN_SHARE:
        return None
    levels = [plane[mask] for plane in cv2.split(pixels)]
    mean = np.array([plane.mean(dtype=np.float64) for plane in levels])
    deviations = np.maximum.reduce([np.abs(plane - level) for plane, level in zip(levels, mean, strict=True)])
    return Background(mask, mean, float(np.percentile(deviations, _SPREAD_PERCENTILE)))


def _background_mask(pixels: Pixels, detections: Detections, frame: Mask) -> Mask:
    """Return the pixels away from the person and from everything connected to the person, but none below these: there,
    white clothes on white look like background, and between hair and shoulder no backdrop is visible."""
    height = pixels.shape[0]
    person = _person_mask(pixels, detections)
    person = person | _attached_to_person(pixels, detections, person, frame)
    covered = np.maximum.accumulate(person, axis=0)
    return _farther_than(covered, _CLEARANCE * height) & ~frame


def _person_mask(pixels: Pixels, detections: Detections) -> Mask:
    mask = detections.person_mask_at(detections.size)
    person = np.zeros(pixels.shape[:2], np.uint8) if mask is None else (mask > 0.1).astype(np.uint8)
    for face in detections.faces:
        cv2.fillConvexPoly(person, cv2.convexHull(face.oval.astype(np.int32)), (1,))
    return np.asarray(person > 0)


def _attached_to_person(pixels: Pixels, detections: Detections, person: Mask, frame: Mask) -> Mask:
    """Return the parts that the person mask missed: hair and clothes have edges that are connected to the person."""
    height = pixels.shape[0]
    far = _farther_than(person, 2 * _CLEARANCE * height) & ~frame
    if not far.any() or not person.any():
        return np.zeros_like(person)
    edges = _channel_max(cv2.morphologyEx(pixels, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    strong = edges > max(_MIN_EDGE_LEVELS, _NOISE_FACTOR * float(np.median(edges[far])))
    median = np.array([np.median(plane[far]) for plane in cv2.split(pixels)])
    distant = channel_distance(pixels, median) > _MIN_FOREIGN_LEVELS
    reach = _ATTACHED_REACH * detections.faces[0].width if detections.faces else _ATTACHED_REACH_NO_FACE * height
    foreign = (strong | distant) & ~_farther_than(person, reach) & ~frame
    grown = cv2.dilate(foreign.astype(np.uint8), np.ones((3, 3), np.uint8)) | person.astype(np.uint8)
    count, labels = cv2.connectedComponents(grown, connectivity=8)
    attached = np.zeros(count, bool)
    attached[labels[person]] = True
    attached[0] = False
    return np.asarray(attached[labels])


def channel_distance(pixels: Pixels, colour: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the difference of every pixel, uint8 (h, w, 3), from `colour` in levels of the worst channel."""
    by_level = np.abs(np.arange(256)[:, None] - colour).astype(np.float32)
    return np.asarray(_channel_max(cv2.LUT(np.ascontiguousarray(pixels), by_level[:, None])), np.float32)


def _channel_max(values: NDArray[Any]) -> NDArray[Any]:
    """Return the maximum over the channels; numpy's along a last axis of 3 takes ten times as long."""
    first, second, third = cv2.split(values)
    return np.asarray(cv2.max(cv2.max(first, second), third))


def _farther_than(mask: Mask, reach: float) -> Mask:
    if not mask.any():
        return np.ones_like(mask)
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) > reach)
