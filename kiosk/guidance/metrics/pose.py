"""Head pose: yaw, pitch and roll in degrees, from the depth of the face mesh.

Signs are the sitter's: yaw + = turned to the own left, roll + = tilted to the own left shoulder, pitch + = chin up. The
mesh underestimates rotations: of rendered rotations (17 pictures, 4 to 20 degrees, whole head with its own relief) it
reported 0.79 of the yaw (sd 0.06) and 0.81 of the pitch (sd 0.06), so readings are scaled by that; the error at 15
degrees is 1.5 degrees (one sd). Over mirrored pictures of 90 faces yaw agreed within 0.7 and pitch within 0.6 degrees;
the error of roll is 0.25.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import Detections, NotMeasured, Reading

MESH_PITCH_OFFSET_DEG: Final = 10.5
"""Degrees by which a level head leans back in the mesh: 8.5 is the median of 31 people in press and studio portraits,
12.5 that of ten frontal studio portraits alone. People differ by 4.8 (sd), cameras' heights included."""
YAW_SENSITIVITY: Final = 0.79
PITCH_SENSITIVITY: Final = 0.81
"""Shares of a true rotation that the mesh shows."""


def pose_metrics(face: Face) -> dict[str, Reading]:
    """`yaw`, `pitch`, `roll` in degrees."""
    return {"yaw": yaw(face), "pitch": pitch(face), "roll": roll(face)}


def yaw(face: Face) -> float:
    """Return the angle from the difference in depth of the cheeks (mesh 234, 454) and their distance."""
    across = face.points[454] - face.points[234]
    shown = math.degrees(math.atan2(float(across[2]), math.hypot(float(across[0]), float(across[1]))))
    return shown / YAW_SENSITIVITY


def pitch(face: Face) -> float:
    """Return the lean of the line from forehead to chin (mesh 10, 152) out of the picture plane, against a level
    head's."""
    down = face.points[152] - face.points[10]
    shown = math.degrees(math.atan2(-float(down[2]), math.hypot(float(down[0]), float(down[1]))))
    return (shown + MESH_PITCH_OFFSET_DEG) / PITCH_SENSITIVITY


def roll(face: Face) -> float:
    """Return the slope of the line through the outer eye corners (mesh 33, 263)."""
    across = face.points[263] - face.points[33]
    return math.degrees(math.atan2(float(across[1]), float(across[0])))


def to_head_frame(face: Face) -> NDArray[np.float32]:
    """float32 (478, 3): the mesh in axes of the head, x to the sitter's left, y down, z away, as seen from the
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
