"""Folds of the backdrop."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Mask, Plane
from config.opencv import cv2
from config.srgb import linear_light, luminance
from kiosk.guidance.detection.types import NotMeasured, Reading
from kiosk.guidance.metrics.backdrop import FACE_WIDTH_PX
from kiosk.guidance.metrics.backdrop_objects import REACH_FACE_WIDTHS, BackdropRegion

FINE_SIGMA: Final = 0.03
COARSE_SIGMA: Final = 0.15
"""Face widths (sigma): a fold is wider than grain and narrower than the shadow of a head."""
_PERCENTILE: Final = 90
_STRIDE_PX: Final = 3


def fold_strength(region: BackdropRegion | None) -> Reading:
    """`backdrop_folds`: relative height of parallel waves in the backdrop around the sitter, 0-1: the 90th percentile
    of the brightness between FINE_SIGMA and COARSE_SIGMA, against its surroundings, times the share by which its slopes
    have one direction (coherence of the structure tensor; Bigün 1987). Grain and stains have no direction.
    """
    if region is None:
        return NotMeasured("not_measured.no_backdrop")
    part = _region_around_sitter(region)
    here = (region.is_backdrop & ~_dilate(region.foreign))[part]
    if here.sum() < 0.5 * FACE_WIDTH_PX**2:
        return NotMeasured("not_measured.no_backdrop")
    bright = luminance(linear_light(region.patch.pixels[part]))
    bright = bright / np.maximum(_fit_quadratic(bright, here), 1e-3)
    waves = _masked_blur(bright, here, FINE_SIGMA) - _masked_blur(bright, here, COARSE_SIGMA)
    inner = cv2.erode(here.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not inner.any():
        return NotMeasured("not_measured.no_backdrop")
    return float(np.percentile(np.abs(waves[inner]), _PERCENTILE)) * _coherence(waves, inner)


def _region_around_sitter(region: BackdropRegion) -> tuple[slice, slice]:
    """Return the rows and columns within REACH_FACE_WIDTHS of the face."""
    x, y, reach = region.face_centre_x, float(region.patch.face.eyes[1]), REACH_FACE_WIDTHS * FACE_WIDTH_PX
    return slice(max(0, round(y - reach)), max(0, round(y + reach))), slice(max(0, round(x - reach)), round(x + reach))


def _fit_quadratic(bright: Plane, mask: Mask) -> Plane:
    """Return the quadratic surface through the brightness: light that falls off, and the lens's darker corners."""
    y, x = np.nonzero(mask[::_STRIDE_PX, ::_STRIDE_PX])
    scale = _STRIDE_PX / max(bright.shape)
    across, down = x * scale, y * scale
    terms = np.stack([np.ones_like(across), across, down, across**2, across * down, down**2])
    values = bright[::_STRIDE_PX, ::_STRIDE_PX][mask[::_STRIDE_PX, ::_STRIDE_PX]]
    level, to_x, to_y, xx, xy, yy = np.linalg.lstsq(terms @ terms.T, terms @ values, rcond=None)[0]
    height, width = bright.shape
    column, row = np.arange(width) * scale / _STRIDE_PX, np.arange(height)[:, None] * scale / _STRIDE_PX
    return np.asarray(level + to_x * column + to_y * row + xx * column**2 + xy * column * row + yy * row**2, np.float32)


def _coherence(waves: Plane, mask: Mask) -> float:
    """Return 0 for slopes in all directions, 1 if all have one direction."""
    across, down = cv2.Sobel(waves, cv2.CV_32F, 1, 0)[mask], cv2.Sobel(waves, cv2.CV_32F, 0, 1)[mask]
    xx, yy, xy = float((across**2).mean()), float((down**2).mean()), float((across * down).mean())
    return float(np.hypot(xx - yy, 2 * xy)) / max(xx + yy, 1e-12)


def _masked_blur(values: Plane, mask: Mask, sigma: float) -> Plane:
    """Blur over the pixels of `mask` alone; `sigma` in face widths."""
    weight, reach = mask.astype(np.float32), sigma * FACE_WIDTH_PX
    blurred_weight = cv2.GaussianBlur(weight, (0, 0), reach)
    return np.asarray(cv2.GaussianBlur(values * weight, (0, 0), reach) / np.maximum(blurred_weight, 1e-3), np.float32)


def _dilate(mask: Mask) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
