"""Correct the roll of a head where the standard allows rotation.

The picture is rotated about its upper left corner, so that a crop needs only the angle. The landmarks are rotated with
it, and all later steps treat the head as level:

    correction = RollCorrection.for_face(face, standard)
    upright = correction.rotate(face)
    at = correction.rotate_row(face_centre_x(face), row of the crown in the picture)
    crop = solve(head_of_face(upright, at, correction.angle), picture.size, standard)
    image = extract_crop(picture.pixels, crop, size)           # rotated and scaled at once
    at = crop.top + (row of the crown in the image) / crop.scale
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from config.standards.registry import Operation, PhotoStandard
from kiosk.guidance.detection.landmarks import Face

MAX_ROLL_DEG: Final = 15.0
"""Degrees. A larger roll is not corrected; the roll rule fails and the photo is taken again."""


@dataclass(frozen=True)
class RollCorrection:
    """Degrees by which the eye line falls to the right and the picture is rotated back; 0: no rotation."""

    angle: float = 0.0

    @classmethod
    def for_face(cls, face: Face, standard: PhotoStandard) -> RollCorrection:
        angle = roll(face)
        return cls(angle) if standard.permits(Operation.ROTATE) and abs(angle) <= MAX_ROLL_DEG else cls()

    def rotate(self, face: Face) -> Face:
        """Return the face in the rotated picture."""
        cos, sin = self._cos_sin
        x, y, z = face.points.T
        return Face(np.stack([cos * x + sin * y, cos * y - sin * x, z], axis=1).astype(np.float32))

    def rotate_row(self, x: float, y: float) -> float:
        """Return the row of a point in the rotated picture."""
        cos, sin = self._cos_sin
        return cos * y - sin * x

    @property
    def _cos_sin(self) -> tuple[float, float]:
        return math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))


def roll(face: Face) -> float:
    """Return the degrees by which the line from the sitter's right eye to the left one falls to the right in the
    picture."""
    across, down = face.left_eye - face.right_eye
    return math.degrees(math.atan2(float(down), float(across)))
