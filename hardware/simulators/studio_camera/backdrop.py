"""The studio's seamless paper: a mid blue with the fall-off of its lights, paper grain, and the sitter's shadow."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np

from config.arrays import Floats, Pixels
from config.opencv import cv2

PAPER: Final = (116.0, 162.0, 208.0)
"""A mid blue, unlike skin, hair and clothes: measured as the easiest backdrop to matte."""
_TILE: Final = 1024
"""Period of the grain in pixels. The repetition is invisible; 24 million random pixels would slow down every start."""

BAND_ROWS: Final = 64
"""Rows composed at a time: they stay in the processor's cache. In floats, a shot's 24 megapixels are 300 MB."""


def paper_grain(width: int, height: int, seed: int) -> Floats:
    """Return the paper's grain, height x width, about +-0.6 of 255; the same for the same seed."""
    rng = np.random.default_rng(seed)
    fine = cv2.GaussianBlur(rng.standard_normal((_TILE, _TILE), dtype=np.float32), (0, 0), 1.2) * 1.2
    broad = rng.standard_normal((height // 40 + 2, width // 40 + 2), dtype=np.float32)
    grain = np.asarray(cv2.resize(broad, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.float32)
    grain *= np.float32(0.7)
    for top, left in itertools.product(range(0, height, _TILE), range(0, width, _TILE)):
        part = grain[top : top + _TILE, left : left + _TILE]
        part += fine[: part.shape[0], : part.shape[1]]
    return grain


def render_light(columns: int, rows: int, left: float, right: float) -> Floats:
    """Return the brightness of the paper, rows x columns: 1 in the middle, lower in the corners and on the darker
    side."""
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None]
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    fall_off = 1.03 - 0.05 * (x**2 + 0.8 * (y + 0.1) ** 2)
    # The paper is behind the sitter, so one failing light dims it less than the sitter.
    t = (x + 1) / 2
    side = 1 + 0.35 * ((left - 1) * (1 - t) + (right - 1) * t)
    return np.asarray(fall_off * side, dtype=np.float32)


def render_shadow(alpha: Pixels, strength: float, frame_rows: int) -> Floats:
    """Return the share of light in the sitter's shadow (1: no shadow), in the size of `alpha`, the sitter's coarse
    matte.

    There is always a soft shadow close behind the sitter; `strength` adds the hard one of a lamp near the axis.
    """
    cell = alpha.shape[0] / frame_rows  # coarse cells per live-view row
    cover = alpha.astype(np.float32) / 255
    soft = cv2.GaussianBlur(cover, (0, 0), 45 * cell)
    light = 1 - 0.025 * soft
    if strength > 0:
        hard = cv2.GaussianBlur(cover, (0, 0), max(0.6, 9 * cell))
        matrix = np.array([[1, 0, 62 * cell], [0, 1, 22 * cell]], np.float32)
        moved = cv2.warpAffine(hard, matrix, (alpha.shape[1], alpha.shape[0]), borderMode=cv2.BORDER_REPLICATE)
        light = light * (1 - strength * moved)
    return np.asarray(light, dtype=np.float32)


def paint_backdrop(light: Floats, grain: Floats, exposure: float) -> Pixels:
    """Return the lit paper in the size of `grain`, from the coarse `light`."""
    height, width = grain.shape
    wide = cv2.resize(light * np.float32(exposure), (width, height), interpolation=cv2.INTER_LINEAR)
    paper = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, BAND_ROWS):
        rows = slice(top, top + BAND_ROWS)
        tones = [cv2.addWeighted(wide[rows], tone, grain[rows], exposure, 0) for tone in PAPER]
        paper[rows] = cv2.merge([cv2.convertScaleAbs(tone) for tone in tones])
    return paper
