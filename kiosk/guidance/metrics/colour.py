"""Colour casts: of the skin against the range of skin colours, of a neutral backdrop against grey."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Floats
from config.srgb import srgb_to_lab
from kiosk.guidance.detection.types import NotMeasured, Reading
from kiosk.guidance.metrics.patches import FacePatch
from kiosk.guidance.metrics.skin import LEFT_CHEEK, RIGHT_CHEEK

FACE_WIDTH_PX: Final = 100
SKIN_A_RANGE: Final = (5.0, 25.0)
SKIN_B_RANGE: Final = (5.0, 35.0)
"""CIELAB a* and b* that the skin of the cheeks has, from the darkest to the fairest, under a true white balance:
NaturalColour of ISO/IEC 29794-5 (OFIQ)."""
MAX_NEUTRAL_CHROMA: Final = 20.0
"""A backdrop of a higher chroma is coloured and no evidence of the white balance."""


def skin_cast(patch: FacePatch | None) -> Reading:
    """`skin_cast`: distance of the mean colour of the cheeks from SKIN_A_RANGE x SKIN_B_RANGE, in CIELAB units; 0 =
    within. The range covers all skin tones and thus slight casts as well: `backdrop_cast` is more sensitive.
    """
    if patch is None:
        return NotMeasured("not_measured.face_outside")
    cheeks = patch.polygon_mask(RIGHT_CHEEK) | patch.polygon_mask(LEFT_CHEEK)
    if not cheeks.any():
        return NotMeasured("not_measured.face_outside")
    _, a, b = _lab_of_colour(patch.pixels[cheeks].mean(axis=0) / 255)
    return float(np.hypot(_distance_to_range(a, *SKIN_A_RANGE), _distance_to_range(b, *SKIN_B_RANGE)))


def neutral_cast(colour: Floats) -> Reading:
    """`backdrop_cast`: CIELAB chroma of the backdrop's `colour` (sRGB code values) where it is white or grey."""
    _, a, b = _lab_of_colour(colour / 255)
    chroma = float(np.hypot(a, b))
    return chroma if chroma < MAX_NEUTRAL_CHROMA else NotMeasured("not_measured.backdrop_coloured")


def _lab_of_colour(colour: Floats) -> tuple[float, float, float]:
    """Return L*, a*, b* of one sRGB colour 0-1."""
    lightness, a, b = srgb_to_lab(np.asarray(colour, np.float32).reshape(1, 1, 3))[0, 0]
    return float(lightness), float(a), float(b)


def _distance_to_range(value: float, low: float, high: float) -> float:
    return max(low - value, 0.0, value - high)
