"""JPEG's quantization tables: libjpeg's quality factor, and steps at which a background keeps its exact colour."""

from __future__ import annotations

import io
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from config.image_file import open_image

Tables = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Luminance and chrominance, 64 steps each, the step of the block's mean (DC) first."""

_DC_GAIN: Final = 8  # the DC coefficient of an even 8 x 8 block is eight times its value (T.81, A.3.3)
# The error of a coefficient that is up to 3 too large is less than half a level and is rounded away. That of one too
# small is not, in decoders that cut instead of rounding (libjpeg's fast integer transform, which Qt uses for previews).
_EXACT_ERRORS: Final = range(4)


def quantization_tables(quality: int) -> Tables:
    """Return libjpeg's tables of `quality`, 1 to 100 (jcparam.c: 50 is the example of ITU-T T.81 annex K itself)."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    luminance, chrominance = _base_tables()
    return _scale(luminance, percent), _scale(chrominance, percent)


def quantization_tables_for(quality: int, colour: tuple[int, int, int]) -> Tables:
    """Return the tables of `quality`, with DC steps just fine enough to reproduce an area of `colour` (sRGB) exactly.

    With the plain tables the blue (100, 197, 255) becomes (103, 198, 255) at quality 70.
    """
    red, green, blue = colour
    luma = round(0.299 * red + 0.587 * green + 0.114 * blue)  # JFIF 1.02
    blueness = round(128 - 0.168736 * red - 0.331264 * green + 0.5 * blue)
    redness = round(128 + 0.5 * red - 0.418688 * green - 0.081312 * blue)
    luminance, chrominance = quantization_tables(quality)
    luminance[0] = _exact_step(int(luminance[0]), luma)
    chrominance[0] = _exact_step(int(chrominance[0]), blueness, redness)
    return luminance, chrominance


def estimate_quality(luminance: list[int]) -> int:
    """Return the quality factor, 1 to 100, whose luminance table is nearest to `luminance` (exact for libjpeg's
    own)."""
    errors = [float(np.abs(quantization_tables(quality)[0] - luminance).sum()) for quality in range(1, 101)]
    return 1 + int(np.argmin(errors))


def _exact_step(coarsest: int, *values: int) -> int:
    coefficients = [_DC_GAIN * (value - 128) for value in values]
    steps = range(coarsest, 0, -1)
    return next(s for s in steps if all(s * round(c / s) - c in _EXACT_ERRORS for c in coefficients))


def _scale(table: NDArray[np.int64], percent: int) -> NDArray[np.int64]:
    return np.clip((table * percent + 50) // 100, 1, 255)


@cache
def _base_tables() -> Tables:
    """Return the example tables of the standard, as libjpeg writes them at quality 50."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", quality=50)
    written = open_image(file.getvalue(), ("JPEG",))
    assert isinstance(written, JpegImagePlugin.JpegImageFile)
    return np.asarray(written.quantization[0], np.int64), np.asarray(written.quantization[1], np.int64)
