"""The smooth light on a backdrop: a second-order surface in stops, fitted robustly against people and objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Floats, Mask
from config.settings.studio import Box

_STRIDE_PX: Final = 4
"""Every fourth pixel in either direction is enough: light has no detail."""
_ITERATIONS: Final = 8
_TUKEY: Final = 4.685  # the biweight's constant for 95 % efficiency (Beaton and Tukey 1974)
_MIN_SPREAD_STOPS: Final = 0.01  # stops; smaller differences are rounding of the code values


@dataclass(frozen=True, eq=False)
class Illumination:
    """`stops` (h, w) is the light; `inlier_share` is the share of the pixels that follow it."""

    stops: Floats = field(repr=False)
    inlier_share: float

    def spread(self, mask: Mask) -> float:
        """Return the stops between the brightest and the darkest twentieth."""
        inside = self.stops[mask]
        return float(np.percentile(inside, 95) - np.percentile(inside, 5))

    def left_over_right(self, box: Box) -> float:
        """Return by how many stops the left fifth of `box` is brighter than the right one."""
        left, _, right, _ = box
        return self._edge_mean(box, 1, left, right) - self._edge_mean(box, 1, right, left)

    def top_over_bottom(self, box: Box) -> float:
        _, top, _, bottom = box
        return self._edge_mean(box, 0, top, bottom) - self._edge_mean(box, 0, bottom, top)

    def _edge_mean(self, box: Box, axis: int, start: float, other: float) -> float:
        """Return the mean of the fifth of `box` at its edge `start`; `other` is the opposite edge."""
        height, width = self.stops.shape
        end = start + 0.2 * (other - start)
        low, high = min(start, end), max(start, end)
        rows = (low, high) if axis == 0 else (box[1], box[3])
        columns = (low, high) if axis == 1 else (box[0], box[2])
        part = self.stops[
            round(rows[0] * height) : round(rows[1] * height), round(columns[0] * width) : round(columns[1] * width)
        ]
        return float(part.mean())


def fit_illumination(stops: Floats, mask: Mask, order: int = 2) -> Illumination:
    """Fit `stops` (h, w) at `mask`, robustly. `order` 1 is a plane. Raises ValueError for fewer than 30 pixels."""
    coarse = np.zeros_like(mask)
    coarse[::_STRIDE_PX, ::_STRIDE_PX] = mask[::_STRIDE_PX, ::_STRIDE_PX]
    values = stops[coarse].astype(np.float64)
    if len(values) < 30:
        raise ValueError(f"no light can be fitted through {len(values)} pixels")
    basis = _basis(stops.shape[0], stops.shape[1], order)
    terms = basis[coarse]
    weights = np.ones_like(values)
    factors: NDArray[np.float64] = np.zeros(terms.shape[1])
    for iteration in range(_ITERATIONS):
        normal = terms.T @ (terms * weights[:, None]) + 1e-6 * np.eye(terms.shape[1])
        factors = np.linalg.solve(normal, terms.T @ (weights * values))
        if iteration == 0:
            # Start from a constant, so that no pixel has leverage.
            factors = np.array([np.median(values), *np.zeros(terms.shape[1] - 1)])
        error = np.abs(values - terms @ factors)
        scale = _TUKEY * max(_MIN_SPREAD_STOPS, 1.4826 * float(np.median(error)))
        weights = np.square(np.clip(1 - (error / scale) ** 2, 0, 1))
    return Illumination(np.asarray(basis @ factors, np.float32), float((weights > 0.1).mean()))


@cache
def _basis(height: int, width: int, order: int) -> NDArray[np.float64]:
    """Return 1, x, y, ... over -1..1 in either direction; cached, because all frames of a camera have one size."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = 2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1
    basis: NDArray[np.float64] = np.stack(
        [x**i * y**j for i in range(order + 1) for j in range(order + 1 - i)], axis=-1
    )
    basis.setflags(write=False)
    return basis
