"""A similarity between two pictures: scale, roll and shift, in units of each picture's width."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""n x 2, x and y. Continuous: the middle of the first pixel is (0.5, 0.5) of a picture's pixels."""

Size = tuple[int, int]


@dataclass(frozen=True)
class Similarity:
    """Where a point of the live frame is in the shot. Both in units of their own picture's width, from its upper left.

    `roll` is in degrees, clockwise on the screen. A live camera that sees twice as wide as the shot has scale 2.
    """

    scale: float
    roll: float
    x: float
    y: float

    @property
    def linear_part(self) -> Points:
        """2 x 2: the linear part."""
        angle = math.radians(self.roll)
        along, across = self.scale * math.cos(angle), self.scale * math.sin(angle)
        return np.array([[along, -across], [across, along]])

    def transform(self, points: Points) -> Points:
        return points @ self.linear_part.T + (self.x, self.y)

    def inverse(self) -> Similarity:
        back = np.linalg.inv(self.linear_part) @ (-self.x, -self.y)
        return Similarity(1 / self.scale, -self.roll, float(back[0]), float(back[1]))

    def pixel_matrix(self, live: Size, view: Size) -> Points:
        """2 x 3, from pixel numbers of a live frame of (width, height) to those of the view, for cv2.warpAffine."""
        linear = self.linear_part * (view[0] / live[0])
        middle = np.array([0.5, 0.5])  # a pixel's number is that of its middle
        shift = linear @ middle + view[0] * np.array([self.x, self.y]) - middle
        return np.column_stack([linear, shift])

    def displacement(self, other: Similarity, height: float) -> Points:
        """9 x 2: how far `other` shows things from where this one does, over the shot (1 wide, `height` high)."""
        grid = shot_grid(height)
        return other.transform(self.inverse().transform(grid)) - grid


def shot_grid(height: float) -> Points:
    """Corners, edges and middle of a shot that is 1 wide and `height` high."""
    return np.array([(x, y) for y in (0.0, height / 2, height) for x in (0.0, 0.5, 1.0)])


def fit_similarity(source: Points, target: Points) -> Similarity:
    """The similarity that brings `source` nearest to `target` in the least squares (Umeyama 1991), no mirroring."""
    from_middle, to_middle = source.mean(axis=0), target.mean(axis=0)
    a, b = source - from_middle, target - to_middle
    spread = float((a * a).sum())
    along = float((a * b).sum()) / spread
    across = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    similarity = Similarity(math.hypot(along, across), math.degrees(math.atan2(across, along)), 0.0, 0.0)
    x, y = to_middle - similarity.transform(from_middle[None])[0]
    return Similarity(similarity.scale, similarity.roll, float(x), float(y))
