"""A face as 478 mesh points.

LEFT and RIGHT are always the sitter's own: in an unmirrored picture the sitter's right eye is on the left side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Point

RIGHT_EYE_RING: Final = (33, 160, 158, 133, 153, 144)
LEFT_EYE_RING: Final = (263, 387, 385, 362, 380, 373)
"""Outer corner, two upper lid points, inner corner, two lower lid points (below the upper ones, in reverse)."""
FACE_OVAL: Final = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
    *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""The outline of the mesh, clockwise in an unmirrored picture, beginning at the top of the forehead."""


@dataclass(frozen=True, eq=False)
class Face:
    """One face: `points` is float32 (478, 3), x and y in pixels of the picture, z in the same scale (nearer = less)."""

    points: NDArray[np.float32] = field(repr=False)

    def landmark(self, index: int) -> Point:
        """Return the x, y of one mesh point."""
        return self.points[index, :2]

    @property
    def right_iris(self) -> Point:
        return self.landmark(468)

    @property
    def left_iris(self) -> Point:
        return self.landmark(473)

    @property
    def right_eye(self) -> Point:
        """The middle between the two corners of the eye; steadier than the iris when the eye is shut."""
        return (self.landmark(33) + self.landmark(133)) / 2

    @property
    def left_eye(self) -> Point:
        return (self.landmark(263) + self.landmark(362)) / 2

    @property
    def eyes(self) -> Point:
        """The point half-way between the eyes."""
        return (self.right_eye + self.left_eye) / 2

    @property
    def chin(self) -> Point:
        return self.landmark(152)

    @property
    def forehead(self) -> Point:
        """The uppermost mesh point; near the hairline, not the crown."""
        return self.landmark(10)

    @property
    def nose(self) -> Point:
        return self.landmark(4)

    @property
    def right_cheek(self) -> Point:
        return self.landmark(234)

    @property
    def left_cheek(self) -> Point:
        return self.landmark(454)

    @property
    def upper_lip(self) -> Point:
        """The lower edge of the upper lip."""
        return self.landmark(13)

    @property
    def lower_lip(self) -> Point:
        """The upper edge of the lower lip."""
        return self.landmark(14)

    @property
    def mouth(self) -> Point:
        return (self.upper_lip + self.lower_lip) / 2

    @property
    def mouth_corners(self) -> tuple[Point, Point]:
        """The inner corners of the mouth: the sitter's right, then left."""
        return self.landmark(78), self.landmark(308)

    @property
    def right_eye_ring(self) -> NDArray[np.float32]:
        return self.points[list(RIGHT_EYE_RING), :2]

    @property
    def left_eye_ring(self) -> NDArray[np.float32]:
        return self.points[list(LEFT_EYE_RING), :2]

    @property
    def oval(self) -> NDArray[np.float32]:
        """float32 (36, 2): the outline of the face."""
        return self.points[list(FACE_OVAL), :2]

    @cached_property
    def width(self) -> float:
        """Cheek to cheek in pixels: the face width of the photo standard."""
        return float(np.linalg.norm(self.left_cheek - self.right_cheek))

    def transform(self, scale: float, offset: tuple[float, float]) -> Face:
        """Return the same face in a picture `scale` times as large whose origin lies at -`offset` (pixels after
        scaling)."""
        shift = np.array([offset[0], offset[1], 0.0], np.float32)
        return Face(self.points * np.float32(scale) + shift)
