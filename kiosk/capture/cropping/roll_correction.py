"""A tilted head made level, where the standard allows the picture to be turned.

The picture is turned about its upper left corner, so that a crop of it needs nothing but the angle. What was found in
the picture is turned with it, and from there on everything is as for a level head:

    correction = RollCorrection.for_face(face, standard)
    upright = correction.rotate(face)
    at = correction.rotate_row(face_centre_x(face), row of the crown in the picture)
    crop = solve(head_of_face(upright, at, correction.angle), picture.size, standard)
    image = extract_crop(picture.pixels, crop, size)           # turned and scaled at once
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
"""Degrees. Beyond that it is not a tilt to be mended but a pose to be taken again, and the roll rule says so."""


@dataclass(frozen=True)
class RollCorrection:
    """By how many degrees the eye line falls to the right, and the picture is turned back; 0: left as it is."""

    angle: float = 0.0

    @classmethod
    def for_face(cls, face: Face, standard: PhotoStandard) -> RollCorrection:
        angle = roll(face)
        return cls(angle) if standard.permits(Operation.ROTATE) and abs(angle) <= MAX_ROLL_DEG else cls()

    def rotate(self, face: Face) -> Face:
        """The face where it is in the turned picture."""
        cos, sin = self._cos_sin
        x, y, z = face.points.T
        return Face(np.stack([cos * x + sin * y, cos * y - sin * x, z], axis=1).astype(np.float32))

    def rotate_row(self, x: float, y: float) -> float:
        """The row of a point of the picture in the turned picture."""
        cos, sin = self._cos_sin
        return cos * y - sin * x

    @property
    def _cos_sin(self) -> tuple[float, float]:
        return math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))


def roll(face: Face) -> float:
    """Degrees by which the line from the sitter's right eye to the left one falls to the right, in the picture."""
    across, down = face.left_eye - face.right_eye
    return math.degrees(math.atan2(float(down), float(across)))
