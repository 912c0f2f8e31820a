"""The sitter's body, as far as a portrait shows it: where the shoulders are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kiosk.guidance.face import Face


@dataclass(frozen=True, eq=False)
class Body:
    """The body below a face: `points` is float32 (33, 3), x and y in pixels of the picture, z in the same scale
    (nearer = less), numbered as by BlazePose. LEFT and RIGHT are the sitter's own.

    `face` is the face in the same frame, which was `age` seconds before the present one: a body is looked for less
    often than a face.
    """

    points: NDArray[np.float32] = field(repr=False)
    face: Face
    age: float = 0.0

    @property
    def left_shoulder(self) -> NDArray[np.float32]:
        """x, y of the joint, some way inside the outline."""
        return self.points[11, :2]

    @property
    def right_shoulder(self) -> NDArray[np.float32]:
        return self.points[12, :2]
