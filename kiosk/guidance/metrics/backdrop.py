"""Metrics of the backdrop around the sitter: evenness and shadow.

Only the part that a portrait of this sitter would show counts; lamps or the backdrop's edge farther out do not matter.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels, Plane
from config.opencv import cv2
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import Detections, NotMeasured, Reading
from kiosk.guidance.metrics.patches import FacePatch, crop_patch

FACE_WIDTH_PX: Final = 40
SHADOW_REACH: Final = 0.4
"""Face widths: how far beside the sitter a shadow of the sitter falls when sitting a metre before the wall."""
CLEARANCE_PX: Final = 2.7
"""Pixels, at FACE_WIDTH_PX, kept clear of the person: hair, and the blur of a 256-pixel mask."""
MIN_BACKDROP_SHARE: Final = 0.04
"""Least share of backdrop in the examined part."""


def backdrop_metrics(pixels: Pixels, detections: Detections) -> dict[str, Reading]:
    """- `backdrop_shadow`: how much darker than the plane through the far backdrop the darkest twentieth near the
      sitter is, 0-1. On plain backdrops: 0.03 without a shadow, 0.07 with one of 20 %, 0.11 with one of 30 %.
    - `backdrop_unevenness`: (95th - 5th percentile) / median of the backdrop's brightness, after a slight
      blur against noise.
    """
    result = _backdrop_brightness(pixels, detections)
    if isinstance(result, NotMeasured):
        return {"backdrop_shadow": result, "backdrop_unevenness": result}
    brightness, sure, near = result
    values = brightness[sure]
    spread = float(np.percentile(values, 95) - np.percentile(values, 5)) / max(1.0, float(np.median(values)))
    return {"backdrop_shadow": _shadow_depth(brightness, sure, near), "backdrop_unevenness": spread}


def _backdrop_brightness(
    pixels: Pixels, detections: Detections
) -> tuple[Plane, NDArray[np.bool_], NDArray[np.bool_]] | NotMeasured:
    """Return the brightness (code values 0-255), the mask of sure backdrop, and that of its part near the sitter."""
    small = _surroundings(pixels, detections.faces[0])
    if small is None or detections.person is None:
        return NotMeasured("not_measured.no_backdrop")
    person = person_mask_over(detections, small)
    sure = distance_to(person >= 0.1) > CLEARANCE_PX
    near = sure & (distance_to(person > 0.3) < SHADOW_REACH * FACE_WIDTH_PX)
    if sure.mean() < MIN_BACKDROP_SHARE or near.sum() < 30:
        return NotMeasured("not_measured.no_backdrop")
    brightness = cv2.GaussianBlur(small.pixels.astype(np.float32).mean(axis=2), (0, 0), 0.8)
    return np.asarray(brightness, np.float32), sure, near


def _shadow_depth(brightness: Plane, sure: NDArray[np.bool_], near: NDArray[np.bool_]) -> float:
    far = sure & ~near
    support = far if far.sum() > 0.3 * sure.sum() else sure
    ratio = brightness / np.maximum(_fit_plane(brightness, support), 1.0)
    return max(0.0, 1.0 - float(np.percentile(ratio[near], 5)))


def _fit_plane(brightness: Plane, support: NDArray[np.bool_]) -> Plane:
    """Return the plane through the brightness at `support`, for the whole picture: light falls off smoothly over a
    backdrop."""
    y, x = np.nonzero(support)
    columns = np.stack([x, y, np.ones_like(x)], axis=1).astype(np.float32)
    slope, *_ = np.linalg.lstsq(columns, brightness[support], rcond=None)
    rows, cols = np.mgrid[: brightness.shape[0], : brightness.shape[1]]
    return np.asarray(slope[0] * cols + slope[1] * rows + slope[2], np.float32)


def _surroundings(pixels: Pixels, face: Face) -> FacePatch | None:
    """Return head and shoulders with the space beside them that a 3:4 portrait could show, and a little more."""
    x, y = float(face.eyes[0]), float(face.eyes[1])
    side = face.width
    return crop_patch(pixels, face, (x - 1.5 * side, y - 1.3 * side, x + 1.5 * side, y + 1.6 * side), FACE_WIDTH_PX)


def person_mask_over(detections: Detections, patch: FacePatch) -> Plane:
    """Return the person mask over the same part."""
    assert detections.person is not None
    height, width = patch.pixels.shape[:2]
    zoom = detections.person.shape[1] / detections.size[0]  # mask pixels per picture pixel
    step = zoom / patch.scale
    to_mask = np.array([[step, 0, patch.origin[0] * zoom], [0, step, patch.origin[1] * zoom]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    part = cv2.warpAffine(detections.person, to_mask, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(part, np.float32)


def distance_to(mask: NDArray[np.bool_]) -> Plane:
    """Return the distance of every pixel to the nearest one of `mask`, in pixels."""
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3), np.float32)
