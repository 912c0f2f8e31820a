"""The part of the shot that becomes the portrait, and the person before the standard's background."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kiosk.capture.backdrop import Image
from kiosk.capture.crop import Crop
from kiosk.capture.matte import Matte
from kiosk.capture.resample import averaged, encoded, turned

__all__ = ["compose", "cut_out", "encoded"]

Pixels = NDArray[np.uint8]


def cut_out(pixels: Pixels, crop: Crop, size: tuple[int, int]) -> Image:
    """The `crop` of `pixels` scaled to `size` (width, height): float32 sRGB 0..1. Resampled once, in linear light,
    where light adds up; averaging encoded values would darken fine bright hair."""
    return encoded(turned(pixels, crop, size) if crop.angle else averaged(pixels, crop, size))


def compose(matte: Matte, background: tuple[int, int, int]) -> Pixels:
    """The person before `background` (sRGB 0-255): uint8 (h, w, 3). Where the matte is 0, exactly that colour."""
    alpha = matte.alpha[..., None]
    behind = np.asarray(background, np.float32)
    mixed = alpha * matte.foreground * 255 + (1 - alpha) * behind
    return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)
