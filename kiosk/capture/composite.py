"""Scaling in linear light, and the person before the standard's background."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from kiosk.capture.backdrop import Image
from kiosk.capture.crop import Crop
from kiosk.capture.matte import Matte

Pixels = NDArray[np.uint8]


def cut_out(pixels: Pixels, crop: Crop, size: tuple[int, int]) -> Image:
    """The `crop` of `pixels` scaled to `size` (width, height): float32 sRGB 0..1.

    Averaged in linear light, where light adds up; averaging encoded values would darken fine bright hair.
    """
    part = pixels[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    linear = _to_linear()[part]
    return encoded(np.asarray(cv2.resize(linear, size, interpolation=cv2.INTER_AREA), np.float32))


def compose(matte: Matte, background: tuple[int, int, int]) -> Pixels:
    """The person before `background` (sRGB 0-255): uint8 (h, w, 3). Where the matte is 0, exactly that colour."""
    alpha = matte.alpha[..., None]
    behind = np.asarray(background, np.float32)
    mixed = alpha * matte.foreground * 255 + (1 - alpha) * behind
    return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)


def encoded(linear: Image) -> Image:
    """Linear light to sRGB values (IEC 61966-2-1)."""
    low = linear * 12.92
    high = 1.055 * np.power(np.maximum(linear, 1e-8), 1 / 2.4, dtype=np.float32) - 0.055
    return np.asarray(np.clip(np.where(linear <= 0.0031308, low, high), 0, 1), np.float32)


@cache
def _to_linear() -> NDArray[np.float32]:
    """sRGB byte -> linear light, as a table of 256."""
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
