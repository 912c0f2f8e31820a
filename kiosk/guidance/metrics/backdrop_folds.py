"""Folds: whether the backdrop hangs or lies smooth."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.opencv import cv2
from kiosk.guidance.detection.types import Missing, Reading
from kiosk.guidance.metrics.backdrop import FACE_WIDTH
from kiosk.guidance.metrics.backdrop_objects import REACH, Behind
from kiosk.guidance.metrics.linear_rgb import linear_light
from kiosk.guidance.metrics.skin import Mask, Plane, luminance

FINE: Final = 0.03
COARSE: Final = 0.15
"""Face widths (sigma): a fold is wider than grain and narrower than the shadow of a head."""
_MANY: Final = 90
_EVERY: Final = 3


def folds(seen: Behind | None) -> Reading:
    """`backdrop_folds`: relative height of the waves that run one way over the backdrop round the sitter, 0-1: the 90th
    percentile of the brightness between FINE and COARSE, against its surroundings, times the share by which its slopes
    go one way (coherence of the structure tensor; Bigün 1987). Grain and stains have no one way.
    """
    if seen is None:
        return Missing("measure.no_backdrop")
    part = _round_the_sitter(seen)
    here = (seen.sure & ~_grown(seen.foreign))[part]
    if here.sum() < 0.5 * FACE_WIDTH**2:
        return Missing("measure.no_backdrop")
    bright = luminance(linear_light(seen.small.pixels[part]))
    bright = bright / np.maximum(_smooth(bright, here), 1e-3)
    waves = _mean_round(bright, here, FINE) - _mean_round(bright, here, COARSE)
    inner = cv2.erode(here.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not inner.any():
        return Missing("measure.no_backdrop")
    return float(np.percentile(np.abs(waves[inner]), _MANY)) * _one_way(waves, inner)


def _round_the_sitter(seen: Behind) -> tuple[slice, slice]:
    """Rows and columns within REACH of the face."""
    x, y, reach = seen.middle, float(seen.small.face.eyes[1]), REACH * FACE_WIDTH
    return slice(max(0, round(y - reach)), max(0, round(y + reach))), slice(max(0, round(x - reach)), round(x + reach))


def _smooth(bright: Plane, here: Mask) -> Plane:
    """The quadratic surface through the brightness: light that falls off, and the lens's darker corners."""
    y, x = np.nonzero(here[::_EVERY, ::_EVERY])
    scale = _EVERY / max(bright.shape)
    across, down = x * scale, y * scale
    terms = np.stack([np.ones_like(across), across, down, across**2, across * down, down**2])
    values = bright[::_EVERY, ::_EVERY][here[::_EVERY, ::_EVERY]]
    level, to_x, to_y, xx, xy, yy = np.linalg.lstsq(terms @ terms.T, terms @ values, rcond=None)[0]
    height, width = bright.shape
    column, row = np.arange(width) * scale / _EVERY, np.arange(height)[:, None] * scale / _EVERY
    return np.asarray(level + to_x * column + to_y * row + xx * column**2 + xy * column * row + yy * row**2, np.float32)


def _one_way(waves: Plane, inner: Mask) -> float:
    """0: slopes go every way, 1: all go one way."""
    across, down = cv2.Sobel(waves, cv2.CV_32F, 1, 0)[inner], cv2.Sobel(waves, cv2.CV_32F, 0, 1)[inner]
    xx, yy, xy = float((across**2).mean()), float((down**2).mean()), float((across * down).mean())
    return float(np.hypot(xx - yy, 2 * xy)) / max(xx + yy, 1e-12)


def _mean_round(values: Plane, where: Mask, sigma: float) -> Plane:
    """Blur that takes nothing from outside `where`; `sigma` in face widths."""
    weight, reach = where.astype(np.float32), sigma * FACE_WIDTH
    taken = cv2.GaussianBlur(weight, (0, 0), reach)
    return np.asarray(cv2.GaussianBlur(values * weight, (0, 0), reach) / np.maximum(taken, 1e-3), np.float32)


def _grown(where: Mask) -> Mask:
    return np.asarray(cv2.dilate(where.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
