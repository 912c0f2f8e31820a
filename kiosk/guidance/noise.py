"""How noisy the picture is where nothing but smooth skin is to be seen."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from config.opencv import cv2
from kiosk.guidance.chips import chip
from kiosk.guidance.face import Face, Pixels
from kiosk.guidance.reading import Missing, Reading
from kiosk.guidance.skin import LEFT_CHEEK, RIGHT_CHEEK

PORTRAIT_WIDTH: Final = 213
"""Pixels that the face has in the portrait: what a larger picture is shrunk to, its noise shrinks with it."""
_SECOND_DIFFERENCE: Final = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def noise(pixels: Pixels, face: Face) -> Reading:
    """`noise`: standard deviation of the brightness from pixel to pixel on the smoother cheek, code values, as it will
    be in the portrait. Measured without any scaling, by Immerkaer's mask (1996), which edges and gradients do not
    reach: sigma = sqrt(pi/2) / 6 of its mean absolute answer.
    """
    values = [value for value in (_of_cheek(pixels, face, cheek) for cheek in (RIGHT_CHEEK, LEFT_CHEEK)) if value]
    if not values:
        return Missing("measure.face_outside")
    return min(values) * min(1.0, PORTRAIT_WIDTH / face.width)


def _of_cheek(pixels: Pixels, face: Face, cheek: tuple[int, ...]) -> float | None:
    corners = face.points[list(cheek), :2]
    low, high = corners.min(axis=0), corners.max(axis=0)
    part = chip(pixels, face, (float(low[0]), float(low[1]), float(high[0]), float(high[1])), face.width)
    if part is None or min(part.pixels.shape[:2]) < 6:
        return None
    grey = cv2.cvtColor(part.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inside = cv2.erode(part.polygon(cheek).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    answer = np.abs(cv2.filter2D(grey, cv2.CV_32F, _SECOND_DIFFERENCE))[inside]
    return float(answer.mean()) * math.sqrt(math.pi / 2) / 6 if len(answer) > 20 else None
