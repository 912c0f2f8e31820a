"""The edges of a picture as inequalities of the crop's origin and scale: missing pixels are never invented."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from kiosk.capture.half_spaces import Rows

EDGES: Final = ("left", "right", "top", "bottom")
"""Which row is which; the last row says that nothing is enlarged."""


def edges(
    picture: tuple[int, int],
    output: tuple[int, int],
    angle: float,
    wanting: float = 0.0,
    where: frozenset[str] = frozenset(),
) -> Rows:
    """The rows for a crop turned by `angle` that lies within the picture, all its corners.

    `wanting`: that many portrait pixels may be missing at the edges `where` (to learn how many are).
    """
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    width, height = output
    more, less = max(sin, 0.0), max(-sin, 0.0)
    missing = [wanting if edge in where else 0.0 for edge in EDGES]
    return np.array(
        [
            (-cos, sin, more * height - missing[0], 0.0),
            (cos, -sin, cos * width + less * height - missing[1], float(picture[0])),
            (-sin, -cos, less * width - missing[2], 0.0),
            (sin, cos, cos * height + more * width - missing[3], float(picture[1])),
            (0.0, 0.0, -1.0, -1.0),
        ]
    )
