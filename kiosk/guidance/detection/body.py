"""Find the body: MediaPipe's pose network on head and shoulders, always at the same scale."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.native_log import suppress_stderr
from config.opencv import cv2
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.mediapipe_solutions import Pose
from kiosk.guidance.metrics.patches import pyramid_down


@dataclass(frozen=True, eq=False)
class Body:
    """The body below a face: `points` is float32 (33, 3), x and y in pixels of the picture, z in the same scale
    (nearer = less), numbered as by BlazePose. LEFT and RIGHT are the sitter's own.

    `face` is the face in the same frame, which was `age` seconds before the current one: a body is searched for less
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


WINDOW_FACE_WIDTHS: Final = (2.6, 1.8, 3.6)
"""The network's input, in face widths from the eyes: to either side, upwards, downwards. It is the same at any distance
and with other people in the picture, so that live frames and shots give the same results, and it shows one person."""
FACE_WIDTH_PX: Final = 64
"""Pixels of the face in that part: the network's input has 256 pixels."""


@dataclass(frozen=True, eq=False)
class BodyCrop:
    """The window around `face` within the picture, at `scale`; `left` and `top` are its corner at that scale."""

    pixels: Pixels = field(repr=False)
    face: Face
    left: int
    top: int
    scale: float


class BodyFinder:
    """The pose network, full model (the wheel contains no lighter one). Use it from one thread. 35 ms of one core.

    Each picture is searched independently: three a second are too few for tracking or smoothing.
    """

    def __init__(self) -> None:
        with suppress_stderr():
            self._pose = Pose(static_image_mode=True, model_complexity=1, smooth_landmarks=False)
            self._pose.process(np.zeros((64, 64, 3), np.uint8))

    def find_below(self, pixels: Pixels, face: Face) -> Body | None:
        """Return the body below `face` in `pixels`, uint8 (h, w, 3) RGB; None if no person is recognized."""
        part = crop_below_face(pixels, face)
        return None if part is None else self.find(part)

    def find(self, crop: BodyCrop) -> Body | None:
        """Return the body in a part of a picture; None if no person is recognized. Releases the GIL."""
        landmarks = self._pose.process(crop.pixels).pose_landmarks
        if landmarks is None:
            return None
        height, width = crop.pixels.shape[:2]
        size = np.array([width, height, width], np.float32) / crop.scale  # z comes in units of the width
        points = np.array([(p.x, p.y, p.z) for p in landmarks.landmark], np.float32) * size
        corner = np.array([crop.left, crop.top, 0], np.float32)
        return Body(np.asarray(points + corner, np.float32), crop.face)

    def close(self) -> None:
        self._pose.close()


def crop_below_face(pixels: Pixels, face: Face) -> BodyCrop | None:
    """Return the input of a BodyFinder, from `pixels`, uint8 (h, w, 3) RGB; None if the face is outside the
    picture."""
    height, width = pixels.shape[:2]
    aside, up, down = (share * face.width for share in WINDOW_FACE_WIDTHS)
    x, y = float(face.eyes[0]), float(face.eyes[1])
    left, top = max(0, round(x - aside)), max(0, round(y - up))
    right, bottom = min(width, round(x + aside)), min(height, round(y + down))
    if face.width < 4 or right - left < 8 or bottom - top < 8:
        return None
    scale = min(1.0, FACE_WIDTH_PX / face.width)
    size = (max(8, round((right - left) * scale)), max(8, round((bottom - top) * scale)))
    shrunk = cv2.resize(pyramid_down(pixels[top:bottom, left:right], size), size, interpolation=cv2.INTER_AREA)
    return BodyCrop(np.asarray(shrunk, np.uint8), face, left, top, scale)
