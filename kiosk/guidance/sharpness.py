"""Whether the picture is in focus where it matters: at the eyes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from kiosk.guidance.chips import Chip, face_chip
from kiosk.guidance.face import Face, Pixels, Point
from kiosk.guidance.reading import Missing, Reading

FACE_WIDTH: Final = 200
"""Pixels: about what the face has in the finished portrait (180-300), and no more than live view gives."""
LEAST_WIDTH: Final = 110
"""Enlarging a smaller face to FACE_WIDTH would look like blur that is none."""


def sharpness(pixels: Pixels, face: Face) -> Reading:
    """`sharpness`: strongest edges (95th percentile of the absolute Laplacian) over the contrast of the same patch
    around each eye, mean of both, at a fixed face width. Over 60 faces: AUC 0.96 against a blur of sigma 1, 0.996
    of sigma 1.5.
    """
    if face.width < LEAST_WIDTH:
        return Missing("measure.face_too_small")
    small = face_chip(pixels, face, FACE_WIDTH)
    if small is None:
        return Missing("measure.face_outside")
    grey = cv2.cvtColor(small.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    values = [_edge_share(grey, small, eye) for eye in (small.face.right_eye, small.face.left_eye)]
    seen = [value for value in values if value is not None]
    return float(np.mean(seen)) if seen else Missing("measure.face_outside")


def _edge_share(grey: NDArray[np.float32], small: Chip, eye: Point) -> float | None:
    x, y = round(float(eye[0])), round(float(eye[1]))
    half_width, half_height = round(0.13 * FACE_WIDTH), round(0.07 * FACE_WIDTH)
    patch = grey[max(0, y - half_height) : y + half_height, max(0, x - half_width) : x + half_width]
    if patch.shape[0] < half_height or patch.shape[1] < half_width:
        return None
    edges = np.abs(cv2.Laplacian(patch, cv2.CV_32F))
    contrast = float(np.percentile(patch, 95) - np.percentile(patch, 5))
    return float(np.percentile(edges, 95)) / (contrast + 8.0)
