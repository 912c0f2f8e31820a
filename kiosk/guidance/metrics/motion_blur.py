"""Whether the picture is smeared in one direction, as by a head that moved or a camera that was knocked."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from kiosk.guidance.detection.types import Missing, Reading
from kiosk.guidance.metrics.patches import Chip

FACE_WIDTH: Final = 200
"""Pixels: as for sharpness."""
LEAST_WIDTH: Final = 110
"""Enlarging a smaller face to FACE_WIDTH would make its pixels' own edges the strongest."""
_AGAIN: Final = 1.5
"""Sigma, pixels, of the second blur: about as much as the first one is likely to be."""
_ACROSS: Final = ((1, 0), (0, 1)), ((1, 1), (1, -1))
"""Two pairs of directions (x, y) at right angles."""
_STRONGEST: Final = 95

Plane = NDArray[np.float32]


def motion_blur(small: Chip | None) -> Reading:
    """`motion_blur`: how long the smear is that makes edges across one direction softer than along it, in face widths;
    0.01 is about 1.4 mm at the face. Of the face at FACE_WIDTH, round the eyes, where edges run every way.

    An edge of blur sigma, blurred again by s, keeps sigma / sqrt(sigma^2 + s^2) of its slope (Zhuo & Sim 2011): that
    gives the blur itself, whatever the contrast, and the strongest edges stand above the noise. A smear of length L has
    sigma L / sqrt(12). Blur that is the same every way is out of focus, and `sharpness`.
    """
    if small is None:
        return Missing("measure.face_outside")
    if small.face.width / small.scale < LEAST_WIDTH:
        return Missing("measure.face_too_small")
    grey = cv2.cvtColor(small.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    patches = [patch for patch in _eyes(grey, small) if min(patch.shape) > 0.1 * FACE_WIDTH]
    if not patches:
        return Missing("measure.face_outside")
    lengths = []
    for pair in _ACROSS:
        one, other = (float(np.mean([_blur(patch, *way) for patch in patches])) for way in pair)
        lengths.append(math.sqrt(12 * abs(one**2 - other**2)) / FACE_WIDTH)
    return max(lengths)


def _eyes(grey: Plane, small: Chip) -> list[Plane]:
    """Each eye with its brow."""
    half, up, down = round(0.17 * FACE_WIDTH), round(0.14 * FACE_WIDTH), round(0.08 * FACE_WIDTH)
    places = [(round(float(eye[0])), round(float(eye[1]))) for eye in (small.face.right_eye, small.face.left_eye)]
    return [grey[max(0, y - up) : max(0, y + down), max(0, x - half) : max(0, x + half)] for x, y in places]


def _blur(patch: Plane, right: int, down: int) -> float:
    """Sigma, pixels, of the strongest edges that cross the direction."""
    slope, again = _slope(right, down), _line(right, down)
    inner = slice(3, -3), slice(3, -3)
    first = np.abs(cv2.filter2D(patch, cv2.CV_32F, slope))[inner]
    second = np.abs(cv2.filter2D(cv2.filter2D(patch, cv2.CV_32F, again), cv2.CV_32F, slope))[inner]
    edges = first >= np.percentile(first, _STRONGEST)
    kept = float(np.median(first[edges] / np.maximum(second[edges], 1e-3)))
    return _AGAIN / math.sqrt(max(kept, 1.001) ** 2 - 1)


def _slope(right: int, down: int) -> Plane:
    kernel = np.zeros((3, 3), np.float32)
    kernel[1 + down, 1 + right], kernel[1 - down, 1 - right] = 1, -1
    return kernel


def _line(right: int, down: int) -> Plane:
    """A Gaussian of sigma _AGAIN along one direction."""
    step, reach = math.hypot(right, down), 5
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for place in range(-reach, reach + 1):
        kernel[reach + place * down, reach + place * right] = math.exp(-((place * step / _AGAIN) ** 2) / 2)
    return np.asarray(kernel / kernel.sum(), np.float32)
