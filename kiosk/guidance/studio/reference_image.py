"""The reference image: a small picture of the studio with little noise, the mean of some frames, in linear light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from config.arrays import Floats, Mask, Pixels
from config.opencv import cv2
from config.settings.studio import Box
from config.srgb import LINEAR_BY_CODE, linear_to_lab, luminance

WIDTH_PX: Final = 320
"""Pixels: folds and the edge of a card are wider than one, and the mean of sixteen pixels of a frame has little
noise."""
LIGHT_FLOOR: Final = 0.001
"""Linear light below which stops are undefined: a third of the first code value of sRGB."""
_TINT_LUMINANCE: Final = 0.4
_STEPS_PER_LEVEL: Final = 8  # steps of a code value, which the mean of several frames resolves
_LINEAR_BY_FINE_CODE: Final = np.interp(
    np.arange(255 * _STEPS_PER_LEVEL + 1) / _STEPS_PER_LEVEL, np.arange(256), LINEAR_BY_CODE
).astype(np.float32)


@dataclass(frozen=True, eq=False)
class ReferenceImage:
    """`codes` is float32 (h, 320, 3), the mean sRGB code values 0-255 of the frames."""

    codes: Floats = field(repr=False)

    @cached_property
    def linear(self) -> Floats:
        """Linear light 0-1, (h, w, 3)."""
        return np.asarray(_LINEAR_BY_FINE_CODE[np.rint(self.codes * _STEPS_PER_LEVEL).astype(np.int32)], np.float32)

    @cached_property
    def luminance(self) -> Floats:
        """Linear luminance 0-1 (Rec. 709 weights)."""
        return luminance(self.linear)

    @cached_property
    def stops(self) -> Floats:
        """log2 of the luminance: 0 is white, -1 half of it."""
        return np.asarray(np.log2(np.maximum(self.luminance, LIGHT_FLOOR)), np.float32)

    @cached_property
    def tint(self) -> Floats:
        """CIELAB a*, b* of every pixel scaled to one lightness, (h, w, 2), which light alone does not change."""
        level = self.linear * (_TINT_LUMINANCE / np.maximum(self.luminance, LIGHT_FLOOR))[..., None]
        return np.asarray(linear_to_lab(np.asarray(level, np.float32))[..., 1:], np.float32)

    def box_mask(self, box: Box) -> Mask:
        """Return the pixels within `box`."""
        height, width = self.codes.shape[:2]
        where = np.zeros((height, width), np.bool_)
        left, top, right, bottom = box
        where[round(top * height) : round(bottom * height), round(left * width) : round(right * width)] = True
        return where


def average_frames(frames: Sequence[Pixels]) -> ReferenceImage:
    """Return the mean of `frames`, uint8 (h, w, 3) RGB of one size. Raises ValueError if there are none."""
    if not frames:
        raise ValueError("a reference image needs at least one frame")
    total = np.zeros(downscale_frame(frames[0]).shape, np.float32)
    for frame in frames:
        total += downscale_frame(frame)
    return ReferenceImage(total / len(frames))


def downscale_frame(frame: Pixels) -> Floats:
    """Return `frame` at WIDTH_PX, float32 code values."""
    height, width = frame.shape[:2]
    size = (WIDTH_PX, max(2, round(height * WIDTH_PX / width)))
    return cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32)
