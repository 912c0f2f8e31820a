"""Head pose: yaw, pitch and roll in degrees, from the depth of the face mesh.

Signs are the sitter's: yaw + = turned to the own left, roll + = tilted to the own left shoulder, pitch + = chin up. The
mesh underestimates rotations, so readings are scaled by the share of a rendered rotation that it shows. Over mirrored
pictures of 90 faces yaw agreed within 0.7 degrees; the error of roll is 0.25.

Pitch is the rise of the line from the ears to the glabella, the bone between the brows: both lie on the skull, so jaw
and lips do not move it. Its zero is the canonical face model of MediaPipe, not a mean over photographs. Between eight
correct neutral studio faces it differs by 3.5 degrees (sd; mean -0.2), the line from forehead to chin by 5.3 and that
from the ears to the eyes by 5.5; a rendered smile lowers it by 2.8, that of forehead and chin by 4.9; brows rendered
raised lift it by 8. Over all 102 neutral faces of that set (Face Research Lab London) it differs by 5.7 (mean 0.6,
-11 to 17); three read more than 10, and all three raise their chins. A bound of 7.5 leaves 9 of them to a person and
finds 85 of 100 chins that are rendered 15 degrees higher, a bound of 10 leaves 3 and finds 76. The best linear measure
of all 478 points, a discriminant of nods against people, differs by 5.4: the rest is how people hold their heads,
and how their skulls differ. A camera above the eyes lowers it by its angle, as it should; the lens changes it by less
than 1.5 (`python -m tests.bench.chin_level`).
The ears of the pose network were rejected: of a nod they show a third, and people differ in them by 9 degrees.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import Detections, NotMeasured, Reading

EAR_LANDMARKS: Final = (234, 454)
"""The mesh points before the sitter's right and left ear, at the height of the tragus."""
GLABELLA_LANDMARK: Final = 9
LEVEL_RISE_DEG: Final = 28.3
"""Degrees by which the line from the ears to the glabella rises in a level head: that of MediaPipe's canonical face
model (mediapipe/modules/face_geometry/data/canonical_face_model.obj: 4.21 up over 7.82 to the front)."""
YAW_SENSITIVITY: Final = 0.79
PITCH_SENSITIVITY: Final = 0.61
"""Shares of a true rotation that the mesh shows, of rendered ones: yaw 0.79 (sd 0.06 over 17 pictures), pitch 0.61 (sd
0.07 over 18)."""


def pose_metrics(face: Face) -> dict[str, Reading]:
    """`yaw`, `pitch`, `roll` in degrees."""
    return {"yaw": yaw(face), "pitch": pitch(face), "roll": roll(face)}


def yaw(face: Face) -> float:
    """Return the angle from the difference in depth of the cheeks (mesh 234, 454) and their distance."""
    across = face.points[454] - face.points[234]
    shown = math.degrees(math.atan2(float(across[2]), math.hypot(float(across[0]), float(across[1]))))
    return shown / YAW_SENSITIVITY


def pitch(face: Face) -> float:
    """Return the rise of the line from the ears to the glabella out of the viewing direction, against a level head's.

    It is measured across the line through both ears in the picture, so that neither roll nor yaw changes it.
    """
    right, left = face.points[list(EAR_LANDMARKS)]
    line = (right + left) / 2 - face.points[GLABELLA_LANDMARK]
    across = left[:2] - right[:2]
    below = float(line[1] * across[0] - line[0] * across[1]) / max(1e-6, float(np.linalg.norm(across)))
    behind = math.sqrt(max(0.0, float(line @ line) - below**2))
    return (math.degrees(math.atan2(below, behind)) - LEVEL_RISE_DEG) / PITCH_SENSITIVITY


def roll(face: Face) -> float:
    """Return the slope of the line through the outer eye corners (mesh 33, 263)."""
    across = face.points[263] - face.points[33]
    return math.degrees(math.atan2(float(across[1]), float(across[0])))


def to_head_frame(face: Face) -> NDArray[np.float32]:
    """Return the mesh, float32 (478, 3), in axes of the head, x to the sitter's left, y down, z away, as seen from the
    front."""
    across = face.points[454] - face.points[234]
    across = across / max(1e-6, float(np.linalg.norm(across)))
    down = face.points[152] - face.points[10]
    down = down - across * float(across @ down)
    down = down / max(1e-6, float(np.linalg.norm(down)))
    return np.asarray(face.points @ np.stack([across, down, np.cross(across, down)]).T, np.float32)


MIN_INTERVAL_S = 0.05
"""Seconds below which the landmarks' own jitter (0.2 % of the face width) would count as movement."""
_RIGID_LANDMARKS = [33, 133, 263, 362, 4, 152]  # eye corners, nose, chin: they move with the head


def placement_metrics(detections: Detections) -> dict[str, Reading]:
    """Size and place of the widest face, as shares of the picture, so that live view and shot agree.

    - `face_size`: cheek to cheek (mesh 234-454) over the height of the picture.
    - `face_x`: from the middle of the picture to the middle between the eyes, over its width; positive = towards the
      right edge of the unmirrored picture, which is the sitter's own left.
    - `eye_y`: the line of the eyes from the top edge, over the height.
    """
    face = detections.faces[0]
    width, height = detections.size
    return {
        "face_size": face.width / height,
        "face_x": (float(face.eyes[0]) - width / 2) / width,
        "eye_y": float(face.eyes[1]) / height,
    }


def movement(face: Face, previous: Face | None, seconds: float, max_seconds: float = 1.0) -> Reading:
    """`movement`: the speed of eyes, nose and chin since `previous`, in face widths per second.

    One face width is about 14 cm (bizygomatic breadth of adults), so 0.1 is some 1.4 cm/s.
    """
    if previous is None or not MIN_INTERVAL_S <= seconds <= max_seconds:
        return NotMeasured("not_measured.one_frame")
    shift = np.linalg.norm(face.points[_RIGID_LANDMARKS, :2] - previous.points[_RIGID_LANDMARKS, :2], axis=1)
    return float(shift.mean()) / face.width / seconds
