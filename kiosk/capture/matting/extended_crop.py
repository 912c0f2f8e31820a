"""Crops that reach beyond the picture: the matte of the part within, and background around it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from config.arrays import FloatImage, Pixels
from kiosk.capture.cropping.extension import Extension
from kiosk.capture.cropping.solver import Crop
from kiosk.capture.matting.matte import Matte, extract_crop

_ROUNDING_PX: Final = 1e-6  # px of the picture: sides of a crop are sums of products with its scale


def part_within(crop: Crop, size: tuple[int, int]) -> tuple[Crop, tuple[int, int]]:
    """Return the part of `crop` within the picture, and its width and height in a portrait of `size`."""
    beyond, unit = crop.extension, crop.width / size[0]
    if not beyond:
        return crop, size
    part = Crop(
        _snap(crop.left + beyond.left * unit),
        _snap(crop.top + beyond.top * unit),
        _snap(crop.width - (beyond.left + beyond.right) * unit),
        _snap(crop.height - beyond.top * unit),
        crop.scale,
        crop.angle,
    )
    return part, (size[0] - beyond.left - beyond.right, size[1] - beyond.top)


def extract_part_within(pixels: Pixels, crop: Crop, size: tuple[int, int]) -> FloatImage:
    """Like `extract_crop`, for the part of `crop` within the picture."""
    return extract_crop(pixels, *part_within(crop, size))


def extend_matte(matte: Matte, extension: Extension) -> Matte:
    """Return the matte of the whole portrait: 0 in the extension."""
    if not extension:
        return matte
    alpha, foreground = _pad(matte.alpha, extension, (0.0,)), _pad(matte.foreground, extension, (0.0, 0.0, 0.0))
    return replace(matte, alpha=alpha, foreground=foreground)


def extend_image(image: FloatImage, extension: Extension, background: tuple[int, int, int]) -> FloatImage:
    """Return the crop as a retoucher sees it: the new background (sRGB 0-255) in the extension. A stroke there changes
    nothing."""
    return _pad(image, extension, tuple(level / 255 for level in background)) if extension else image


def _pad(plane: FloatImage, extension: Extension, value: tuple[float, ...]) -> FloatImage:
    height, width = plane.shape[:2]
    shape = (height + extension.top, width + extension.left + extension.right, *plane.shape[2:])
    whole = np.empty(shape, np.float32)
    whole[:] = value if plane.ndim == 3 else value[0]
    whole[extension.top :, extension.left : extension.left + width] = plane
    return whole


def _snap(pixels: float) -> float:
    """Return a value without the rounding error of scale x side."""
    return float(round(pixels)) if abs(pixels - round(pixels)) < _ROUNDING_PX else pixels
