"""The brush: how much of every pixel a stroke covers. server/retouch/static/retouch/brush.js computes the same."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.arrays import Doubles
from kiosk.capture.repair.strokes import Point, Stroke

_MIN_RADIUS_PX: Final = 0.75
_SOFT_EDGE_PX: Final = 1.0  # even the hardest brush has an edge without steps


@dataclass(frozen=True)
class Coverage:
    """The part of a portrait that a stroke covers, as slices, and the coverage 0..1 there, float64 (h, w)."""

    rows: slice
    columns: slice
    values: Doubles = field(repr=False)


@dataclass(frozen=True)
class _Dab:
    """A point of a stroke in pixels."""

    x: float
    y: float
    radius: float


def coverage(stroke: Stroke, width: int, height: int) -> Coverage | None:
    """Return the coverage of a portrait of this size by `stroke`; None if the stroke lies outside.

    It uses only sums, products and square roots, so that every machine computes the same bits.
    """
    dabs = [_dab(stroke, point, width, height) for point in stroke.points]
    box = _bounding_box(dabs, width, height)
    if box is None:
        return None
    left, top, right, bottom = box
    values = np.zeros((bottom - top, right - left))
    for first, last in zip(dabs, dabs[1:] or dabs, strict=False):
        part = _bounding_box([first, last], width, height)
        if part is not None:
            at = np.s_[part[1] - top : part[3] - top, part[0] - left : part[2] - left]
            np.maximum(values[at], _segment(first, last, part, stroke.hardness), out=values[at])
    return Coverage(slice(top, bottom), slice(left, right), values)


def centre_line(stroke: Stroke, width: int, height: int) -> list[tuple[int, int]]:
    """Return the pixels (x, y) under the middle of the brush, in steps of at most half a pixel."""
    dabs = [_dab(stroke, point, width, height) for point in stroke.points]
    pixels = []
    for first, last in zip(dabs, dabs[1:] or dabs, strict=False):
        steps = max(1, math.ceil(2 * math.hypot(last.x - first.x, last.y - first.y)))
        for step in range(steps + 1):
            x = math.floor(first.x + (last.x - first.x) * step / steps)
            y = math.floor(first.y + (last.y - first.y) * step / steps)
            if 0 <= x < width and 0 <= y < height:
                pixels.append((x, y))
    return pixels


def _dab(stroke: Stroke, point: Point, width: int, height: int) -> _Dab:
    x, y, pressure = point
    return _Dab(x * width, y * height, max(_MIN_RADIUS_PX, stroke.size * width / 2 * pressure))


def _bounding_box(dabs: list[_Dab], width: int, height: int) -> tuple[int, int, int, int] | None:
    left = max(0, math.floor(min(dab.x - dab.radius for dab in dabs)))
    top = max(0, math.floor(min(dab.y - dab.radius for dab in dabs)))
    right = min(width, math.ceil(max(dab.x + dab.radius for dab in dabs)) + 1)
    bottom = min(height, math.ceil(max(dab.y + dab.radius for dab in dabs)) + 1)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _segment(first: _Dab, last: _Dab, box: tuple[int, int, int, int], hardness: float) -> Doubles:
    """Return the coverage of the brush moved from `first` to `last`, its radius changing evenly."""
    left, top, right, bottom = box
    x = np.arange(left, right)[None, :] + 0.5 - first.x
    y = np.arange(top, bottom)[:, None] + 0.5 - first.y
    dx, dy = last.x - first.x, last.y - first.y
    length = dx * dx + dy * dy
    share = np.clip((x * dx + y * dy) / length, 0, 1) if length else np.zeros(np.broadcast_shapes(x.shape, y.shape))
    across, down = x - share * dx, y - share * dy
    radius = first.radius + (last.radius - first.radius) * share
    distance = np.sqrt(across * across + down * down) / radius
    hard = np.maximum(0, np.minimum(hardness, 1 - _SOFT_EDGE_PX / radius))
    fade = np.clip((distance - hard) / (1 - hard), 0, 1)
    return np.asarray(1 - fade * fade * (3 - 2 * fade))
