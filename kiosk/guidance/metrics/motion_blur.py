"""Motion blur: blur in one direction, from a moving head or camera."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from config.arrays import Plane
from config.opencv import cv2
from kiosk.guidance.detection.types import NotMeasured, Reading
from kiosk.guidance.metrics.patches import FacePatch

FACE_WIDTH_PX: Final = 200
"""Pixels: as for sharpness."""
MIN_FACE_WIDTH_PX: Final = 110
"""In a smaller face, enlarged to FACE_WIDTH_PX, the edges of pixels would be the strongest."""
_SECOND_BLUR_SIGMA_PX: Final = 1.5
"""Sigma, pixels, of the second blur: about that of the first one."""
_DIRECTION_PAIRS: Final = ((1, 0), (0, 1)), ((1, 1), (1, -1))
"""Two pairs of directions (x, y) at right angles."""
_EDGE_PERCENTILE: Final = 95


def motion_blur(small: FacePatch | None) -> Reading:
    """`motion_blur`: length of the smear that makes edges across one direction softer than along it, in face widths;
    0.01 is about 1.4 mm at the face. Of the face at FACE_WIDTH_PX, round the eyes, which have edges in all directions.

    An edge of blur sigma, blurred again by s, keeps sigma / sqrt(sigma^2 + s^2) of its slope (Zhuo & Sim 2011): that
    gives the blur independently of contrast, and the strongest edges exceed the noise. A smear of length L has sigma
    L / sqrt(12). Equal blur in all directions is defocus, which `sharpness` measures.
    """
    if small is None:
        return NotMeasured("not_measured.face_outside")
    if small.face.width / small.scale < MIN_FACE_WIDTH_PX:
        return NotMeasured("not_measured.face_too_small")
    grey = cv2.cvtColor(small.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    patches = [patch for patch in _eye_patches(grey, small) if min(patch.shape) > 0.1 * FACE_WIDTH_PX]
    if not patches:
        return NotMeasured("not_measured.face_outside")
    lengths = []
    for pair in _DIRECTION_PAIRS:
        one, other = (float(np.mean([_edge_sigma(patch, *way) for patch in patches])) for way in pair)
        lengths.append(math.sqrt(12 * abs(one**2 - other**2)) / FACE_WIDTH_PX)
    return max(lengths)


def _eye_patches(grey: Plane, patch: FacePatch) -> list[Plane]:
    """Return each eye with its brow."""
    half, up, down = round(0.17 * FACE_WIDTH_PX), round(0.14 * FACE_WIDTH_PX), round(0.08 * FACE_WIDTH_PX)
    places = [(round(float(eye[0])), round(float(eye[1]))) for eye in (patch.face.right_eye, patch.face.left_eye)]
    return [grey[max(0, y - up) : max(0, y + down), max(0, x - half) : max(0, x + half)] for x, y in places]


def _edge_sigma(patch: Plane, right: int, down: int) -> float:
    """Return the sigma, in pixels, of the strongest edges that cross the direction."""
    slope, blur = _gradient_kernel(right, down), _line_kernel(right, down)
    inner = slice(3, -3), slice(3, -3)
    first = np.abs(cv2.filter2D(patch, cv2.CV_32F, slope))[inner]
    second = np.abs(cv2.filter2D(cv2.filter2D(patch, cv2.CV_32F, blur), cv2.CV_32F, slope))[inner]
    edges = first >= np.percentile(first, _EDGE_PERCENTILE)
    remaining_share = float(np.median(first[edges] / np.maximum(second[edges], 1e-3)))
    return _SECOND_BLUR_SIGMA_PX / math.sqrt(max(remaining_share, 1.001) ** 2 - 1)


def _gradient_kernel(right: int, down: int) -> Plane:
    kernel = np.zeros((3, 3), np.float32)
    kernel[1 + down, 1 + right], kernel[1 - down, 1 - right] = 1, -1
    return kernel


def _line_kernel(right: int, down: int) -> Plane:
    """Return a Gaussian of sigma _SECOND_BLUR_SIGMA_PX along one direction."""
    step, reach = math.hypot(right, down), 5
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for place in range(-reach, reach + 1):
        kernel[reach + place * down, reach + place * right] = math.exp(
            -((place * step / _SECOND_BLUR_SIGMA_PX) ** 2) / 2
        )
    return np.asarray(kernel / kernel.sum(), np.float32)
