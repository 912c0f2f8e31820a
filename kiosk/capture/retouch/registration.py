"""Register one picture of a face in another: shift, scale and rotation, to hundredths of a pixel."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from config.arrays import Mask, Plane
from config.opencv import cv2
from config.similarity import Similarity

_SIGMAS_PX: Final = (2.5, 1.0)  # wide first, for a start with an error of some pixels
_MAX_ITERATIONS: Final = 12
_STRIDE_PX: Final = 3  # every third pixel is enough
_MIN_STEP_PX: Final = 3e-3  # smaller steps end the iteration


def is_whole_shift(transform: Similarity, reach: float, tolerance: float = 0.04) -> bool:
    """Return whether `transform` differs from a shift by whole pixels by less than `tolerance` pixels within `reach`
    pixels of the origin."""
    turned = abs(math.radians(transform.roll)) + abs(transform.scale - 1)
    apart = (abs(transform.x - round(transform.x)), abs(transform.y - round(transform.y)))
    return turned * reach < tolerance and max(apart) < tolerance


def register(own: Plane, other: Plane, where: Mask, start: Similarity) -> Similarity:
    """Refine `start` (own -> other) on the pixels of `own` in `where`, grey levels float32 (h, w).

    Gauss-Newton on other(T x) = gain * own(x) + bias with Cauchy weights: neither brightening nor local painting or
    warping affects the result.
    """
    rows, columns = np.nonzero(where)
    if len(rows) < 16:
        return start
    third = where & (np.add.outer(np.arange(where.shape[0]), np.arange(where.shape[1])) % _STRIDE_PX == 0)
    box = (slice(int(rows.min()), int(rows.max()) + 1), slice(int(columns.min()), int(columns.max()) + 1))
    transform = start
    for sigma in _SIGMAS_PX:
        blurred, target = (np.asarray(cv2.GaussianBlur(one, (0, 0), sigma), np.float32) for one in (own, other))
        for _ in range(_MAX_ITERATIONS):
            origin = (box[1].start, box[0].start)
            transform, moved = _gauss_newton_step(blurred[box], target, third[box], transform, origin)
            if moved < _MIN_STEP_PX:
                break
    return transform


def _gauss_newton_step(
    own: Plane, other: Plane, where: Mask, now: Similarity, origin: tuple[int, int]
) -> tuple[Similarity, float]:
    """Return the transform after one step, and the largest displacement of a point of the region in pixels."""
    height, width = own.shape
    matrix = now.matrix
    offset = matrix @ np.array([origin[0], origin[1], 1.0])
    local = np.c_[matrix[:, :2], offset]
    sampled = cv2.warpAffine(other, local, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    across, down = (0.5 * cv2.filter2D(sampled, cv2.CV_32F, k) for k in (_GRADIENT_KERNEL, _GRADIENT_KERNEL.T))
    y, x = np.nonzero(where)
    gx, gy, mine = across[where], down[where], own[where]
    cx, cy = width / 2, height / 2
    u, v = x - cx, y - cy
    columns = np.stack([gx * u + gy * v, gy * u - gx * v, gx, gy, -mine, -np.ones_like(mine)], axis=1).astype(float)
    theirs = sampled[where] - sampled[where].mean()
    level = mine - mine.mean()
    residual = (theirs - float(level @ theirs) / max(float(level @ level), 1e-6) * level).astype(float)
    spread = 1.4826 * float(np.median(np.abs(residual))) + 0.3
    weight = 1 / (1 + (residual / (2 * spread)) ** 2)
    weighted = columns * weight[:, None]
    normal = weighted.T @ columns + 1e-6 * np.eye(6)
    grow, turn, right, below = -np.linalg.solve(normal, weighted.T @ residual)[:4]
    linear = np.array([[1 + grow, -turn], [turn, 1 + grow]])
    centre = np.array([cx + origin[0], cy + origin[1]])
    inner = np.vstack([np.c_[linear, np.array([right, below]) + centre - linear @ centre], [0, 0, 1]])
    moved = math.hypot(right, below) + math.hypot(grow, turn) * max(cx, cy)
    return Similarity.from_matrix(np.asarray(matrix @ inner)), moved


_GRADIENT_KERNEL: Final = np.array([[-1.0, 0.0, 1.0]], np.float32)
