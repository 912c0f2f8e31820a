"""The position of a live frame in the shot: similarities in units of each picture's width, from its upper left.

A live camera whose picture is twice as wide as the shot has scale 2. Coordinates are continuous: the middle of the
first pixel is (0.5, 0.5) of a picture's pixels.
"""

from __future__ import annotations

import numpy as np

from config.arrays import Doubles
from config.similarity import Similarity

Size = tuple[int, int]


def pixel_matrix(similarity: Similarity, live: Size, view: Size) -> Doubles:
    """Return the (2, 3) matrix for cv2.warpAffine, from pixels of a live frame of (width, height) to pixels of the
    view."""
    linear = similarity.linear_part * (view[0] / live[0])
    middle = np.array([0.5, 0.5])  # OpenCV's integer coordinates are pixel centres
    shift = linear @ middle + view[0] * np.array([similarity.x, similarity.y]) - middle
    return np.column_stack([linear, shift])


def displacement(similarity: Similarity, other: Similarity, height: float) -> Doubles:
    """Return the displacement between `other` and `similarity` at nine points of the shot (1 wide, `height` high)."""
    grid = shot_grid(height)
    return other.transform(similarity.inverse().transform(grid)) - grid


def shot_grid(height: float) -> Doubles:
    """Return corners, middles of the edges and centre, (9, 2), of a shot that is 1 wide and `height` high."""
    return np.array([(x, y) for y in (0.0, height / 2, height) for x in (0.0, 0.5, 1.0)])
