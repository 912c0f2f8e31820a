"""Pixels -> a baseline sRGB JPEG whose size lies in the standard's band of bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from config.standard import Output
from kiosk.capture.portrait import PhotoProblem
from kiosk.capture.quantization import tables_for

_BEST: Final = 100
# Full colour resolution first: halved colour smears the rim between skin and a coloured background, and at the same
# bytes it is farther from the picture (root mean square error 3.6 levels against 3.3, 39 kB, 79 against 68).
_SUBSAMPLINGS: Final = {"4:4:4": 0, "4:2:0": 2}


@dataclass(frozen=True)
class Encoded:
    """A JPEG file and the settings that made it."""

    jpeg: bytes = field(repr=False)
    quality: int
    subsampling: str
    optimized: bool


def encode(pixels: NDArray[np.uint8], output: Output) -> Encoded:
    """The best JPEG of `pixels`, uint8 (h, w, 3), that lies within output.bytes_low..bytes_high.

    Highest quality first, colour halved only where that alone fits; never padded. Standard and optimal Huffman tables
    are both honest files and differ by some per cent, which bridges a quality step wider than the band. The same
    pixels give the same bytes. Raises PhotoProblem: photo.bytes_high where even the least quality is too large,
    photo.bytes_low where even the best is too small (a photograph is not; an empty picture is).
    """
    smallest = 0
    for subsampling in _SUBSAMPLINGS:
        for optimized in (True, False):
            best = _highest(pixels, output, subsampling, optimized)
            if best is None:
                continue
            if len(best.jpeg) >= output.bytes_low:
                return best
            smallest = max(smallest, len(best.jpeg))
    if smallest:
        raise PhotoProblem("photo.bytes_low", bytes=smallest, low=output.bytes_low)
    least = written(pixels, output, output.quality_low, "4:2:0", True)
    raise PhotoProblem("photo.bytes_high", bytes=len(least.jpeg), high=output.bytes_high, quality=output.quality_low)


def written(
    pixels: NDArray[np.uint8], output: Output, quality: int, subsampling: str, optimized: bool = True
) -> Encoded:
    """The JPEG of `pixels` with just these settings: no EXIF, no profile (plain JFIF is sRGB), the standard's dpi."""
    luminance, chrominance = tables_for(quality, output.backgrounds[output.background])
    file = io.BytesIO()
    Image.fromarray(pixels, "RGB").save(
        file,
        "JPEG",
        qtables=[luminance.tolist(), chrominance.tolist()],
        subsampling=_SUBSAMPLINGS[subsampling],
        optimize=optimized,
        progressive=False,
        dpi=(output.dpi, output.dpi),
    )
    return Encoded(file.getvalue(), quality, subsampling, optimized)


def _highest(pixels: NDArray[np.uint8], output: Output, subsampling: str, optimized: bool) -> Encoded | None:
    """The highest quality that is not above bytes_high, by bisection: bytes grow with quality."""
    low, high = output.quality_low, _BEST
    found = None
    while low <= high:
        middle = (low + high + 1) // 2
        tried = written(pixels, output, middle, subsampling, optimized)
        if len(tried.jpeg) <= output.bytes_high:
            found, low = tried, middle + 1
        else:
            high = middle - 1
    return found
