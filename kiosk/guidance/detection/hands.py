"""Find hands near a face: MediaPipe's palm detector and hand landmarks, both in its wheel."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Pixels, Points
from config.native_log import suppress_stderr
from config.opencv import cv2
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.mediapipe_solutions import Hands
from kiosk.guidance.detection.mesh import landmark_points

_MIN_CONFIDENCE: Final = 0.3  # of the palm detector: below its usual 0.5, because a hand is only reported as unsure
_MAX_HANDS: Final = 2
_MAX_DISTANCE: Final = 0.3
"""Face widths from the outline of the face: a hand on the cheek, at the chin, in the hair or at the collar."""


class HandFinder:
    """The two networks. Use it from one thread. 20 to 40 ms of one core for a portrait."""

    def __init__(self) -> None:
        with suppress_stderr():
            self._hands = Hands(
                static_image_mode=True,
                max_num_hands=_MAX_HANDS,
                model_complexity=0,
                min_detection_confidence=_MIN_CONFIDENCE,
            )

    def count_near(self, pixels: Pixels, face: Face) -> int:
        """Return how many hands in `pixels`, uint8 (h, w, 3) RGB, have a point on the face or near it."""
        with suppress_stderr():  # the networks log when they run first
            hands = self._hands.process(pixels).multi_hand_landmarks or ()
        size = np.array([pixels.shape[1], pixels.shape[0]], np.float32)
        return sum(_is_near(landmark_points(hand)[:, :2] * size, face) for hand in hands)

    def close(self) -> None:
        self._hands.close()


def _is_near(points: Points, face: Face) -> bool:
    outline = face.oval.reshape(-1, 1, 2).astype(np.float32)
    distances = [cv2.pointPolygonTest(outline, (float(x), float(y)), True) for x, y in points]
    return max(distances) > -_MAX_DISTANCE * face.width
