"""Whether colours are true: the skin's against what skin can have, a neutral backdrop's against neutral."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from kiosk.guidance.detection.types import Missing, Reading
from kiosk.guidance.metrics.patches import Chip
from kiosk.guidance.metrics.skin import LEFT_CHEEK, RIGHT_CHEEK

FACE_WIDTH: Final = 100
RED_GREEN: Final = (5.0, 25.0)
YELLOW_BLUE: Final = (5.0, 35.0)
"""CIELAB a* and b* that the skin of the cheeks has, from the darkest to the fairest, under a true white balance:
NaturalColour of ISO/IEC 29794-5 (OFIQ)."""
COLOURED: Final = 20.0
"""Chroma from which on a backdrop is meant to be coloured and tells nothing about the white balance."""


def skin_cast(small: Chip | None) -> Reading:
    """`skin_cast`: how far the mean colour of the cheeks lies outside RED_GREEN x YELLOW_BLUE, in CIELAB units; 0 =
    within. The box holds for all tones of skin, so a slight cast stays in it: `backdrop_cast` is the finer one.
    """
    if small is None:
        return Missing("measure.face_outside")
    cheeks = small.polygon(RIGHT_CHEEK) | small.polygon(LEFT_CHEEK)
    if not cheeks.any():
        return Missing("measure.face_outside")
    _, a, b = lab(small.pixels[cheeks].mean(axis=0) / 255)
    return float(np.hypot(_outside(a, *RED_GREEN), _outside(b, *YELLOW_BLUE)))


def neutral_cast(colour: NDArray[np.float32]) -> Reading:
    """`backdrop_cast`: CIELAB chroma of the backdrop's `colour` (sRGB code values) where it is white or grey."""
    _, a, b = lab(colour / 255)
    chroma = float(np.hypot(a, b))
    return chroma if chroma < COLOURED else Missing("measure.backdrop_coloured")


def lab(colour: NDArray[np.float32]) -> tuple[float, float, float]:
    """L*, a*, b* (D65) of one sRGB colour 0-1."""
    pixel = np.asarray(colour, np.float32).reshape(1, 1, 3)
    lightness, a, b = cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB)[0, 0]
    return float(lightness), float(a), float(b)


def _outside(value: float, low: float, high: float) -> float:
    return max(low - value, 0.0, value - high)
