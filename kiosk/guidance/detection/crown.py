"""The top of the hair, from a matte or, less exactly, from the person mask."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import Detections

# Share of the face width, so that single flyaway hairs do not count (p95 error 1.6 px against true mattes).
_CENTRAL_SHARE: Final = 0.7


def find_crown(alpha: NDArray[np.float32], centre: float, face_width: float, max_row: float) -> float | None:
    """Return the top of the hair, in rows of `alpha`: where its mean over the central 70 % of the face first exceeds a
    half.

    Searched above row `max_row` (the eyes). None if there is no such row.
    """
    left, right = round(centre - _CENTRAL_SHARE * face_width / 2), round(centre + _CENTRAL_SHARE * face_width / 2)
    strip = alpha[: max(1, int(max_row)), max(0, left) : max(1, right)]
    if strip.size == 0:
        return None
    rows = cv2.GaussianBlur(strip.mean(axis=1)[:, None].astype(np.float32), (1, 5), 0)[:, 0]
    over = np.flatnonzero(rows > 0.5)
    if len(over) == 0:
        return None
    first = int(over[0])
    if first == 0:
        return 0.0
    step = float(rows[first] - rows[first - 1])
    return first - 1 + (0.5 - float(rows[first - 1])) / max(step, 1e-6)


def crown_from_mask(detections: Detections, face: Face) -> float | None:
    """Return the top of the hair in the person mask, in pixels of the picture: within some pixels of a portrait (p95
    5.7), for live frames and as a first guess. None without a mask or where hair leaves the picture."""
    if detections.person is None:
        return None
    zoom = detections.person.shape[0] / detections.size[1]
    centre = (float(face.left_cheek[0] + face.right_cheek[0]) / 2 + float(face.eyes[0])) / 2
    row = find_crown(detections.person, centre * zoom, face.width * zoom, float(face.eyes[1]) * zoom)
    return None if row is None else row / zoom


__all__ = ["crown_from_mask", "find_crown"]
