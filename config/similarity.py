"""Similarity transforms of the plane: scale, roll and shift, without mirroring."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.arrays import Doubles

Coordinates = NDArray[np.floating[Any]]
"""(n, 2): x, y."""
_MIN_SPREAD = 1e-9  # for points that all coincide, which have no scale


@dataclass(frozen=True)
class Similarity:
    """p' = scale * R(roll) p + (x, y). `roll` is in degrees, clockwise on the screen."""

    scale: float
    roll: float
    x: float
    y: float

    @property
    def linear_part(self) -> Doubles:
        """float64 (2, 2)."""
        turn = math.radians(self.roll)
        cosine, sine = self.scale * math.cos(turn), self.scale * math.sin(turn)
        return np.array([[cosine, -sine], [sine, cosine]])

    @property
    def matrix(self) -> Doubles:
        """float64 (2, 3), as OpenCV expects it."""
        return np.column_stack([self.linear_part, (self.x, self.y)])

    @classmethod
    def from_matrix(cls, matrix: Doubles) -> Similarity:
        """Return the similarity of a (2, 3) matrix that is a similarity transform."""
        cosine, sine = float(matrix[0, 0]), float(matrix[1, 0])
        roll = math.degrees(math.atan2(sine, cosine))
        return cls(math.hypot(cosine, sine), roll, float(matrix[0, 2]), float(matrix[1, 2]))

    def transform(self, points: Coordinates) -> Doubles:
        return np.asarray(points @ self.linear_part.T + (self.x, self.y), np.float64)

    def inverse(self) -> Similarity:
        back = np.linalg.inv(self.linear_part) @ (-self.x, -self.y)
        return Similarity(1 / self.scale, -self.roll, float(back[0]), float(back[1]))


def fit_similarity(source: Coordinates, target: Coordinates) -> Similarity:
    """Fit the similarity from `source` to `target` (least squares; Umeyama 1991 without reflection)."""
    centre, goal = source.mean(axis=0), target.mean(axis=0)
    a, b = source - centre, target - goal
    along = float((a * b).sum())
    across = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum())
    spread = max(float((a**2).sum()), _MIN_SPREAD)
    cosine, sine = along / spread, across / spread
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return Similarity.from_matrix(np.column_stack([linear, goal - linear @ centre]))
