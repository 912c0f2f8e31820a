"""Convert the output of MediaPipe's face mesh to faces, and run it on a part of a picture."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels, Point
from config.opencv import cv2
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.mediapipe_solutions import FaceMesh

CROP_SIDE_PX: Final = 512
"""Side of the parts of a picture in which the mesh runs again."""
_TAGS: Final = {0: 0x0A, 1: 0x0F, 2: 0x0D, 7: 0x15, 12: 0x1D}
_LANDMARK_BYTES: Final = 17
_FLOAT_OFFSETS: Final = [*range(3, 7), *range(8, 12), *range(13, 17)]
"""A landmark with x, y and z and nothing else on the wire: field 1 of the list, 15 bytes long; then three times a tag
(fields 1 to 3, four bytes) with a little-endian float (protobuf.dev/programming-guides/encoding)."""


def find_meshes(mesh: FaceMesh, pixels: Pixels) -> list[Face]:
    """Return every face that `mesh` finds in `pixels`, uint8 (h, w, 3) RGB."""
    height, width = pixels.shape[:2]
    scale = np.array([width, height, width], np.float32)  # z comes in units of the width
    results = mesh.process(pixels).multi_face_landmarks or ()
    return [Face(landmark_points(one) * scale) for one in results]


def landmark_points(landmarks: Any) -> NDArray[np.float32]:
    """Return a NormalizedLandmarkList as float32 (n, 3). Read one by one, 478 landmarks take a millisecond of every
    frame; their bytes take a hundredth of that."""
    wire = landmarks.SerializeToString()
    if len(wire) == _LANDMARK_BYTES * len(landmarks.landmark):
        rows = np.frombuffer(wire, np.uint8).reshape(-1, _LANDMARK_BYTES)
        if (rows[:, list(_TAGS)] == list(_TAGS.values())).all():
            return np.ascontiguousarray(rows[:, _FLOAT_OFFSETS]).view("<f4").astype(np.float32)
    return np.array([(p.x, p.y, p.z) for p in landmarks.landmark], np.float32).reshape(-1, 3)


def find_in_square(mesh: FaceMesh, pixels: Pixels, centre: Point, reach: float) -> Face | None:
    """Return the face in the square part of `pixels` from `centre` - `reach` to `centre` + `reach`, in coordinates
    of `pixels`.

    `mesh` is one for stills and one face."""
    side = round(2 * reach)
    left, top = round(float(centre[0]) - reach), round(float(centre[1]) - reach)
    height, width = pixels.shape[:2]
    if side < 8 or not (0 <= centre[0] < width and 0 <= centre[1] < height):
        return None
    faces = find_meshes(mesh, resize_square(crop_square(pixels, left, top, side)))
    return faces[0].transform(side / CROP_SIDE_PX, (left, top)) if faces else None


def covers(face: Face, point: Point) -> bool:
    """Return whether `point` lies within the face, with a margin."""
    centre = (face.forehead + face.chin) / 2
    return float(np.linalg.norm(point - centre)) < 0.75 * face.width


def crop_square(pixels: Pixels, left: int, top: int, side: int) -> Pixels:
    """Return the square part; outside the picture the edge is repeated."""
    height, width = pixels.shape[:2]
    inner = pixels[max(0, top) : min(height, top + side), max(0, left) : min(width, left + side)]
    before_y, before_x = max(0, -top), max(0, -left)
    after_y, after_x = side - before_y - inner.shape[0], side - before_x - inner.shape[1]
    if not any((before_y, before_x, after_y, after_x)):
        return np.ascontiguousarray(inner)
    return np.asarray(cv2.copyMakeBorder(inner, before_y, after_y, before_x, after_x, cv2.BORDER_REPLICATE), np.uint8)


def resize_square(square: Pixels) -> Pixels:
    shrinks = square.shape[0] > CROP_SIDE_PX
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (CROP_SIDE_PX, CROP_SIDE_PX), interpolation=how), np.uint8)
