"""The expected retouched file if the face is unchanged: the own portrait, aligned and saved the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Mask, Pixels
from config.opencv import cv2
from config.similarity import Similarity
from kiosk.capture.image_io.quantization import quantization_tables
from kiosk.capture.retouch.recompression import JpegSettings, reencode
from kiosk.capture.retouch.registration import is_whole_shift

BLOCK_PX: Final = 16
"""Pixels: JPEG's blocks with halved colour. A part that begins at a multiple of it is saved as in the whole picture."""
_KERNELS: Final = (cv2.INTER_CUBIC, cv2.INTER_LINEAR, cv2.INTER_LANCZOS4)
_EARLIER_QUALITIES: Final = (95, 90, 85, 80, 75, 70, 65, 60)
_WHOLE_SHIFT_TOLERANCE_PX: Final = 0.3  # apparent shift of a heavily compressed face
_LIGHT_BLUR_PX: Final = 17  # slower variations are light
_MAX_RELATIVE_ERROR: Final = 0.93  # of the error without an earlier saving, which that with one must stay below


@dataclass(frozen=True)
class Box:
    """A part of a picture in whole pixels."""

    left: int
    top: int
    right: int
    bottom: int

    def crop(self, image: NDArray) -> NDArray:
        return image[self.top : self.bottom, self.left : self.right]


def box_around(mask: Mask, margin: int) -> Box:
    """Return the blocks that contain `mask` and a `margin` in pixels, within the picture."""
    rows, columns = np.nonzero(mask)
    left, top = (max(0, (int(side.min()) - margin) // BLOCK_PX * BLOCK_PX) for side in (columns, rows))
    right, bottom = ((int(side.max()) + margin) // BLOCK_PX * BLOCK_PX + BLOCK_PX for side in (columns, rows))
    return Box(left, top, min(right, mask.shape[1]), min(bottom, mask.shape[0]))


def align_to(own: Pixels, other: Pixels, transform: Similarity, face: Mask) -> Pixels:
    """Return `own` in the pixels of `other`. A shift by whole pixels is copied; otherwise the best of several
    interpolations is used, because that of the retouching program is unknown."""
    size, reach = (other.shape[1], other.shape[0]), max(own.shape[:2])
    candidates = []
    if is_whole_shift(transform, reach, _WHOLE_SHIFT_TOLERANCE_PX):
        shift = np.array([[1, 0, round(transform.x)], [0, 1, round(transform.y)]], float)
        candidates.append(_warp(own, shift, size, cv2.INTER_NEAREST))
        if is_whole_shift(transform, reach):
            return candidates[0]
    candidates += [_warp(own, transform.matrix, size, kernel) for kernel in _KERNELS]
    if transform.scale < 1:
        candidates.append(_warp(_soften(own, transform.scale), transform.matrix, size, cv2.INTER_CUBIC))
    errors = [_error(one, other, face) for one in candidates]
    return candidates[int(np.argmin(errors))]


def simulate_resave(aligned: Pixels, other: Pixels, kept_mask: Mask, face: Mask, settings: JpegSettings) -> Pixels:
    """Return `aligned` within `kept_mask` and `other` around it, saved like `other`, so that ringing of a new
    background in the blocks of the face is included.

    If an earlier, coarser saving explains the `face` clearly better, that saving is applied first.
    """
    joined = np.where(kept_mask[..., None], aligned, other)
    plain = reencode(joined, settings)
    best, least = plain, _MAX_RELATIVE_ERROR * _error(plain, other, face)
    if least < 0.05:  # levels: no difference is left to explain
        return plain
    for earlier in _earlier_settings():
        twice = reencode(reencode(joined, earlier), settings)
        error = _error(twice, other, face)
        if error < least:
            best, least = twice, error
    return best


def _earlier_settings() -> list[JpegSettings]:
    luminance_chrominance = [quantization_tables(quality) for quality in _EARLIER_QUALITIES]
    listed = [tuple(tuple(int(step) for step in table) for table in pair) for pair in luminance_chrominance]
    return [JpegSettings(pair, sampling) for pair in listed for sampling in (0, 2)]


def _error(one: Pixels, other: Pixels, where: Mask) -> float:
    """Return the difference in detail of two pictures, independent of light and colour: the mean of the smaller three
    quarters of the errors, which excludes painted areas."""
    apart = np.subtract(one, other, dtype=np.float32)
    errors = np.abs((apart - cv2.blur(apart, (_LIGHT_BLUR_PX, _LIGHT_BLUR_PX)))[where]).sum(axis=1)
    kept_count = max(1, 3 * len(errors) // 4)
    return float(np.partition(errors, kept_count - 1)[:kept_count].mean())


def _soften(own: Pixels, scale: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(own, (0, 0), max(0.1, 0.5 * np.sqrt(1 / scale**2 - 1))), np.uint8)


def _warp(own: Pixels, matrix: NDArray[np.float64], size: tuple[int, int], kernel: int) -> Pixels:
    return np.asarray(cv2.warpAffine(own, matrix, size, flags=kernel, borderMode=cv2.BORDER_REPLICATE), np.uint8)
