"""MediaPipe's canonical face model before a pinhole camera: the geometry of a level head without any network.

The coordinates of its vertices are in centimetres, x to the sitter's left, y up, z to the camera
(mediapipe/modules/face_geometry/data/canonical_face_model.obj, Apache-2.0). Like an exact network, `seen_by_camera`
returns x and y in perspective, and depth in the scale of the face.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from kiosk.guidance.detection.face import Face

VERTICES: Final = {
    234: (-7.664182, 0.673132, -2.435867),
    454: (7.664182, 0.673132, -2.435867),
    9: (0.0, 4.885979, 5.385258),
    10: (0.0, 8.261778, 4.481535),
    152: (0.0, -9.403378, 4.264492),
    33: (-4.445859, 2.663991, 3.173422),
    263: (4.445859, 2.663991, 3.173422),
    133: (-1.856432, 2.585245, 3.757904),
    362: (1.856432, 2.585245, 3.757904),
}
EYE_HEIGHT: Final = 2.62
SHAPE_SD: Final = 0.45
"""Centimetres by which a landmark of one person differs from the model upwards and to the front (one standard
deviation): assumed, because no measurements are available."""
_WIDTH_PX: Final = 500.0


def seen_by_camera(distance: float, height: float, nod: float, seed: int | None = None) -> Face:
    """Return the model with the chin raised by `nod` degrees, seen by a camera `distance` cm away and `height` cm above
    the eyes that is aimed at the face; `seed` selects the shape of another person. Other landmarks are 0."""
    numbers, places = list(VERTICES), np.array(list(VERTICES.values()))
    if seed is not None:
        places = places + np.random.default_rng(seed).normal(0, SHAPE_SD, places.shape) * (0, 1, 1)
    places = places - (0, EYE_HEIGHT, 0)
    places = places @ _about_x(nod).T
    aim = np.degrees(np.arctan2(height, distance))
    places = places @ _about_x(-aim).T
    away = float(np.hypot(distance, height))
    depth = _WIDTH_PX / (2 * VERTICES[454][0])
    scale = depth * away / (away - places[:, 2])
    points = np.zeros((478, 3), np.float32)
    points[numbers] = np.column_stack([places[:, 0] * scale, -places[:, 1] * scale, -places[:, 2] * depth])
    return Face(points + np.array([2000, 2000, 0], np.float32))


def _about_x(degrees: float) -> np.ndarray:
    """Return the rotation that lifts the chin: points in front move up."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, c, s], [0, -s, c]])


LEVEL: Final = seen_by_camera(1e6, 0.0, 0.0)
"""The level model from so far away that there is no perspective."""
