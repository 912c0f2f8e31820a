"""Sensor noise: fine noise in the live view, grain in the shot."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.opencv import cv2

_TILE_PX: Final = 1499
_NEUTRAL: Final = 128
"""Noise is stored as uint8 around this value, because integers are fast."""
_SPARE_PX: Final = 64
"""Pixels by which the array is larger than the picture, in both directions."""


class Noise:
    """An array of noise, made once and larger than the picture; each picture gets a different part of it."""

    def __init__(self, size: tuple[int, int], spread: float, softness: float, seed: int) -> None:
        self._size = size
        self._sheet, generator = _noise_sheet(size, spread, softness, seed)
        self._random = deepcopy(generator)

    def apply(self, picture: Pixels) -> Pixels:
        """Return `picture` (of this noise's size) with noise; it saturates like a sensor."""
        x, y = self._random.integers(0, _SPARE_PX, 2)
        part: NDArray[np.uint8] = self._sheet[y : y + self._size[1], x : x + self._size[0]]
        return np.asarray(cv2.addWeighted(picture, 1.0, part, 1.0, -_NEUTRAL), dtype=np.uint8)


@cache
def _noise_sheet(
    size: tuple[int, int], spread: float, softness: float, seed: int
) -> tuple[Pixels, np.random.Generator]:
    """Return the array, and the generator after that. Cached, because a shot's array takes a tenth of a second."""
    random = np.random.default_rng(seed)
    # A tile is repeated: this is not visible, and 24 million random pixels take a second.
    sheet = random.standard_normal((_TILE_PX, _TILE_PX), dtype=np.float32)
    if softness > 0:
        sheet = np.asarray(cv2.GaussianBlur(sheet, (0, 0), softness), dtype=np.float32)
        sheet /= float(sheet.std())
    grey = np.clip(np.rint(sheet * spread + _NEUTRAL), 0, 255).astype(np.uint8)
    width, height = size[0] + _SPARE_PX, size[1] + _SPARE_PX
    wide = np.tile(grey, (height // _TILE_PX + 1, width // _TILE_PX + 1))[:height, :width]
    sheet_rgb = np.asarray(cv2.cvtColor(wide, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    sheet_rgb.flags.writeable = False
    return sheet_rgb, random
