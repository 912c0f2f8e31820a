"""Where a live frame is in the shot: similarities in units of each picture's width, from its upper left.

A live camera that sees twice as wide as the shot has scale 2. Coordinates are continuous: the middle of the first pixel
is (0.5, 0.5) of a picture's pixels.
"""

from __future__ import annotations

import numpy as np

from config.arrays import Doubles
from config.similarity import Similarity

Size = tuple[int, int]


def pixel_matrix(similarity: Similarity, live: Size, view: Size) -> Doubles:
    """(2, 3), from pixel numbers of a live frame of (width, height) to those of the view, for cv2.warpAffine."""
    linear = similarity.linear_part * (view[0] / live[0])
    middle = np.array([0.5, 0.5])  # a pixel's number is that of its middle
    shift = linear @ middle + view[0] * np.array([similarity.x, similarity.y]) - middle
    return np.column_stack([linear, shift])


def displacement(similarity: Similarity, other: Similarity, height: float) -> Doubles:
    """(9, 2): how far `other` shows things from where `similarity` does, over the shot (1 wide, `height` high)."""
    grid = shot_grid(height)
    return other.transform(similarity.inverse().transform(grid)) - grid


def shot_grid(height: float) -> Doubles:
    """(9, 2): corners, edges and middle of a shot that is 1 wide and `height` high."""
    return np.array([(x, y) for y in (0.0, height / 2, height) for x in (0.0, 0.5, 1.0)])
