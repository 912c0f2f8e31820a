"""How many faces there are, and where and how large the sitter's stands in the picture; how much it moves."""

from __future__ import annotations

import numpy as np

from kiosk.guidance.face import Face
from kiosk.guidance.reading import Missing, Reading
from kiosk.guidance.sighting import Sighting

TOO_SOON = 0.05
"""Seconds below which the landmarks' own jitter (0.2 % of the face width) would pass for movement."""
_FIRM = [33, 133, 263, 362, 4, 152]  # eye corners, nose, chin: they move with the head


def place(sighting: Sighting) -> dict[str, Reading]:
    """Size and place of the widest face, as shares of the picture, so that live view and shot agree.

    - `face_size`: cheek to cheek (mesh 234-454) over the height of the picture.
    - `face_x`: from the middle of the picture to the middle between the eyes, over its width; positive = towards the
      right edge of the unmirrored picture, which is the sitter's own left.
    - `eye_y`: the line of the eyes from the top edge, over the height.
    """
    face = sighting.faces[0]
    width, height = sighting.size
    return {
        "face_size": face.width / height,
        "face_x": (float(face.eyes[0]) - width / 2) / width,
        "eye_y": float(face.eyes[1]) / height,
    }


def movement(face: Face, before: Face | None, seconds: float, longest: float = 1.0) -> Reading:
    """`movement`: how fast eyes, nose and chin moved since `before`, in face widths per second.

    One face width is about 14 cm (bizygomatic breadth of adults), so 0.1 is some 1.4 cm/s.
    """
    if before is None or not TOO_SOON <= seconds <= longest:
        return Missing("measure.one_frame")
    shift = np.linalg.norm(face.points[_FIRM, :2] - before.points[_FIRM, :2], axis=1)
    return float(shift.mean()) / face.width / seconds
