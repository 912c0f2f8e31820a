"""sRGB (IEC 61966-2-1): code values, linear light and CIELAB (D65)."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from config.arrays import Doubles, Floats, Pixels
from config.opencv import cv2

Real = TypeVar("Real", bound=np.floating[Any])

LUMINANCE_WEIGHTS: Final = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Weights of linear R, G and B (Rec. 709)."""
_MIN_POWER_BASE: Final = 1e-8  # below it the curve is a straight line, and a negative base has no real power


def srgb_to_linear(values: Doubles) -> Doubles:
    """Convert encoded values 0-1 to linear light 0-1."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(light: NDArray[Real]) -> NDArray[Real]:
    """Convert linear light to encoded values 0-1, in the precision of `light`."""
    low = light * 12.92
    high = 1.055 * np.power(np.maximum(light, _MIN_POWER_BASE), 1 / 2.4, dtype=light.dtype) - 0.055
    return np.asarray(np.clip(np.where(light <= 0.0031308, low, high), 0, 1), light.dtype)


LINEAR_BY_CODE: Final = srgb_to_linear(np.arange(256) / 255.0).astype(np.float32)
"""float32 (256,): the linear light of every code value."""


def linear_light(pixels: Pixels) -> Floats:
    """Convert code values 0-255 to linear light 0-1, in the shape of `pixels`; cv2.LUT is four times as fast as
    indexing."""
    if not pixels.size:
        return np.zeros(pixels.shape, np.float32)
    return np.asarray(cv2.LUT(np.ascontiguousarray(pixels), LINEAR_BY_CODE), np.float32).reshape(pixels.shape)


def luminance(light: Floats) -> Floats:
    """Convert linear light (..., 3) to luminance (...)."""
    return np.asarray(light @ LUMINANCE_WEIGHTS, np.float32)


def srgb_to_lab(image: Floats) -> Floats:
    """Convert encoded values 0-1 (h, w, 3) to L*, a*, b*."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2LAB), np.float32)


def linear_to_lab(light: Floats) -> Floats:
    """Convert linear light 0-1 (h, w, 3) to L*, a*, b*."""
    return np.asarray(cv2.cvtColor(light, cv2.COLOR_LRGB2LAB), np.float32)
