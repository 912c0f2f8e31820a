"""Reduced copies of stills for the networks.

OpenCV averages 2 x 2 pixels ten times as fast as any other number of them. So a large still is halved as often as
possible, and the rest is interpolated, which no longer leaves out a pixel. The networks average wider areas themselves.
"""

from __future__ import annotations

import numpy as np

from config.arrays import Pixels
from config.opencv import cv2


def halve(pixels: Pixels, width: float) -> Pixels:
    """Return `pixels` halved as long as they stay at least `width` pixels wide and their sides are even."""
    while pixels.shape[1] >= 2 * width and not (pixels.shape[0] % 2 or pixels.shape[1] % 2):
        size = (pixels.shape[1] // 2, pixels.shape[0] // 2)
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return pixels


def reduce_to(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return `pixels` at the smaller `size` (width, height): an average of areas, or an approximation of it where
    `pixels` can be halved."""
    halved = halve(pixels, size[0])
    how = cv2.INTER_AREA if halved is pixels else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(halved, size, interpolation=how), np.uint8)
