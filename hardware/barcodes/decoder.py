"""Read the codes in live frames, some of which are out of focus."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.barcodes import CodeRead, Grey, decode_barcodes
from config.opencv import cv2

# Of the tested blurs and amounts (1.5 to 5 px, 2 to 6), the pair that read most blurred codes. In dark frames it
# amplifies noise; the pass before reads those.
_BLUR_PX: Final = 2.0
_SHARPEN_AMOUNT: Final = 4.0


class LiveDecoder:
    """Scans one live frame after the other: in turn unchanged, sharpened, and its middle enlarged and sharpened.

    Unchanged frames give most codes, and are the fastest. A phone held close to a camera that is focused on a chair is
    out of focus: an encrypted code of 240 px is read up to a blur of 1.5 px unchanged, and up to 2.5 px sharpened
    (measured).
    """

    ROUND: Final = 3

    def __init__(self) -> None:
        self._passes = itertools.cycle((_unprocessed, _sharpened, _enlarged_centre))

    def decode(self, pixels: NDArray[np.uint8]) -> tuple[CodeRead, ...]:
        """Return the codes in a frame, RGB, height x width x 3."""
        return decode_barcodes(next(self._passes)(pixels))


def to_grey(pixels: NDArray[np.uint8]) -> Grey:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def sharpen(grey: Grey, blur: float) -> Grey:
    """Sharpen a blur of `blur` pixels (unsharp mask); noise grows with the edges."""
    soft = cv2.GaussianBlur(grey, (0, 0), blur)
    return np.asarray(cv2.addWeighted(grey, 1 + _SHARPEN_AMOUNT, soft, -_SHARPEN_AMOUNT, 0), np.uint8)


def crop_centre(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the middle half of a picture, in both directions."""
    height, width = pixels.shape[:2]
    return pixels[height // 4 : height - height // 4, width // 4 : width - width // 4]


def enlarge(grey: Grey) -> Grey:
    return np.asarray(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


def _unprocessed(pixels: NDArray[np.uint8]) -> Grey:
    return to_grey(pixels)


def _sharpened(pixels: NDArray[np.uint8]) -> Grey:
    return sharpen(to_grey(pixels), _BLUR_PX)


def _enlarged_centre(pixels: NDArray[np.uint8]) -> Grey:
    return sharpen(enlarge(to_grey(crop_centre(pixels))), 2 * _BLUR_PX)
