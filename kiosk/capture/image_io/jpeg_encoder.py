"""Encode pixels as a baseline sRGB JPEG whose size lies in the standard's band of bytes."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from config.standards.registry import Output
from kiosk.capture.image_io.quantization import quantization_tables_for
from kiosk.capture.types import PhotoProblem

_MAX_QUALITY: Final = 100
_USUAL_QUALITY: Final = 70  # of a portrait by the standard of CHSI
_STEPS_POWER: Final = 1.65  # measured on studio portraits, quality 65 to 95
_MAX_SUGGESTED: Final = 3
# Full colour resolution first: halved colour blurs the edge between skin and a coloured background, and at equal size
# its error is larger (root mean square 3.6 levels against 3.3, 39 kB, quality 79 against 68).
SUBSAMPLINGS: Final = {"4:4:4": 0, "4:2:0": 2}
# Restart intervals in blocks, for a band between two qualities or above the best one. Restart markers (T.81, B.2.4.4)
# let a decoder resume after damage. They belong to the baseline process and add some bytes, but never enough for an
# empty picture to reach the band.
_RESTART_INTERVALS: Final = (60, 30, 15, 8, 4)


@dataclass(frozen=True)
class EncodedJpeg:
    """A JPEG file and its settings; `restart_interval` is the number of blocks between restart markers, 0 without
    any."""

    jpeg: bytes = field(repr=False)
    quality: int
    subsampling: str
    optimized: bool
    restart_interval: int = 0


def encode(pixels: NDArray[np.uint8], output: Output) -> EncodedJpeg:
    """Return the best JPEG of `pixels`, uint8 (h, w, 3), that lies within output.min_bytes..max_bytes.

    It has the highest quality that fits, and halved colour only where nothing else fits. Standard and optimal Huffman
    tables differ by some per cent, and restart markers add some per cent more; files are never padded. The same pixels
    give the same bytes. Raises PhotoProblem: photo.bytes_high where even the lowest quality is too large, or the band
    lies between two qualities; photo.bytes_low where even the best is too small, as for an empty picture.
    """
    below: list[EncodedJpeg] = []
    for subsampling in SUBSAMPLINGS:
        for optimized in (True, False):
            best = _highest_quality(pixels, output, subsampling, optimized)
            if best is None:
                continue
            if len(best.jpeg) >= output.min_bytes:
                return best
            below.append(best)
    if not below:
        raise _too_large_problem(encode_with(pixels, output, output.min_quality, "4:2:0", True), output)
    return _add_restarts(pixels, output, below)


def encode_with(
    pixels: NDArray[np.uint8],
    output: Output,
    quality: int,
    subsampling: str,
    optimized: bool = True,
    restart_interval: int = 0,
) -> EncodedJpeg:
    """Return the JPEG of `pixels` with these settings and the standard's dpi; without EXIF and profile. Every reader
    treats plain JFIF as sRGB, and a profile would take bytes that the picture needs."""
    luminance, chrominance = quantization_tables_for(quality, output.backgrounds[output.background])
    file = io.BytesIO()
    Image.fromarray(pixels, "RGB").save(
        file,
        "JPEG",
        qtables=[luminance.tolist(), chrominance.tolist()],
        subsampling=SUBSAMPLINGS[subsampling],
        optimize=optimized,
        progressive=False,
        dpi=(output.dpi, output.dpi),
        restart_marker_blocks=restart_interval,
    )
    return EncodedJpeg(file.getvalue(), quality, subsampling, optimized, restart_interval)


def _add_restarts(pixels: NDArray[np.uint8], output: Output, candidates: list[EncodedJpeg]) -> EncodedJpeg:
    """Return the first of the `candidates` that restart markers, as few as possible, bring into the band."""
    largest = 0
    for one in candidates:
        for restarts in _RESTART_INTERVALS:
            encoded = encode_with(pixels, output, one.quality, one.subsampling, one.optimized, restarts)
            if output.min_bytes <= len(encoded.jpeg) <= output.max_bytes:
                return encoded
            if len(encoded.jpeg) > output.max_bytes:
                break
            largest = max(largest, len(encoded.jpeg))
    above = [
        encode_with(pixels, output, one.quality + 1, one.subsampling, one.optimized)
        for one in candidates
        if one.quality < _MAX_QUALITY
    ]
    if above:  # the band is narrower than the step from one quality to the next
        raise _too_large_problem(min(above, key=lambda one: len(one.jpeg)), output)
    largest = max(largest, *(len(one.jpeg) for one in candidates))
    raise PhotoProblem("photo.bytes_low", bytes=largest, low=output.min_bytes)


def _too_large_problem(smallest: EncodedJpeg, output: Output) -> PhotoProblem:
    return PhotoProblem("photo.bytes_high", bytes=len(smallest.jpeg), high=output.max_bytes, quality=smallest.quality)


def _highest_quality(
    pixels: NDArray[np.uint8], output: Output, subsampling: str, optimized: bool
) -> EncodedJpeg | None:
    """Return the JPEG of the highest quality that is not above max_bytes: bytes grow with quality. Each of the first
    qualities is suggested by the size at the last one; then the rest is bisected."""
    low, high = output.min_quality, _MAX_QUALITY
    best, quality, suggested = None, min(max(_USUAL_QUALITY, low), high), 0
    while low <= high:
        encoded = encode_with(pixels, output, quality, subsampling, optimized)
        if len(encoded.jpeg) <= output.max_bytes:
            best, low = encoded, quality + 1
        else:
            high = quality - 1
        suggested += 1
        quality = (low + high + 1) // 2
        if suggested <= _MAX_SUGGESTED:
            quality = min(max(_suggest_quality(encoded, output.max_bytes), low), high)
    return best


def _suggest_quality(encoded: EncodedJpeg, max_bytes: int) -> int:
    """Return the quality at which a file will have about `max_bytes`, from the size of `encoded`. Bytes grow with a
    power of the steps of quantization, which are in proportion to 100 - quality (jcparam.c, from quality 50 on)."""
    growth: float = (len(encoded.jpeg) / max_bytes) ** _STEPS_POWER
    return math.floor(100 - (100 - encoded.quality) * growth)
