"""Rows of a picture that were lost before the file was written.

A file that ends too early is recognized by its structure (kiosk.capture.image_io.jpeg_completeness). A program that
opens such a file and saves it again writes a complete one, in which the lost blocks have the decoder's fill value: all
coefficients 0, which is the grey 128 (ITU-T T.81, A.3.1), or all samples 0, which is a green.

A complete picture may have such an area as well, a grey card for example. Such a picture is therefore decoded, and
only a portrait, which shows the body down to the lower edge, is refused.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from config.arrays import Pixels

_FILL_COLOURS: Final = ((128, 128, 128), (0, 135, 0))
"""RGB of blocks without coefficients, and of samples Y, Cb, Cr that are all 0 (video decoders)."""
_TOLERANCE: Final = 3  # levels: the fill after another compression and conversion
_MIN_ROWS_PX: Final = 8
_MIN_SHARE: Final = 0.01  # of the height


def lost_percent(pixels: Pixels) -> int:
    """Return the lost part of the picture's height in per cent, rounded up; 0 if nothing is lost."""
    return math.ceil(100 * lost_rows(pixels) / len(pixels))


def lost_rows(pixels: Pixels) -> int:
    """Return how many rows at the lower edge of `pixels`, uint8 (h, w, 3) as stored or upright, show nothing but a
    fill colour; 0 if there are too few to be sure."""
    lowest = pixels[-1].astype(np.int16)
    for colour in _FILL_COLOURS:
        if np.abs(lowest - colour).max() <= _TOLERANCE:
            break
    else:
        return 0
    low, high = (np.clip(np.array(colour) + side, 0, 255) for side in (-_TOLERANCE, _TOLERANCE))
    filled = ((pixels >= low) & (pixels <= high)).all(axis=(1, 2))
    count = int(np.argmin(filled[::-1]))  # 0 where there is nothing else: an empty picture, of which nothing is lost
    return count if count >= max(_MIN_ROWS_PX, _MIN_SHARE * len(pixels)) else 0
