"""Detect a photo that is rotated by quarter turns: a camera held upright without EXIF orientation, or a scan.

The face mesh alone is not enough: it fits an inverted face as well, with the mouth in place of the eyes. The detector
finds upright faces only. Over 18 portraits its confidence is 0.73 to 0.96, and for the same ones upside down at most
0.61 (in 17 it finds none).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from config.arrays import Pixels
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.detection.landmarks import STILL_SIDE_PX, Detections, Face, FaceFinder, downscale

_MAX_TILT_DEG: Final = 45.0  # degrees; a larger roll is nearer to the next quarter turn
_MIN_SCORE: Final = 0.7  # of an upright face: above, the other turns are not checked
_MIN_SCORE_GAIN: Final = 0.15  # by which the confidence in the rotated picture must be higher
POSITIONS: Final = {1: "rotated_right", 2: "upside_down", 3: "rotated_left"}
"""The position of a picture, by the number of quarter turns counter-clockwise that make it upright; ends of message
ids."""


def rotation_problem(turns: int) -> PhotoProblem:
    """Return the problem of a picture that `turns` quarter turns make upright: photo.rotated_left,
    photo.rotated_right, photo.upside_down."""
    return PhotoProblem(f"photo.{POSITIONS[turns]}")


def quarter_turns(pixels: Pixels, detections: Detections, finder: FaceFinder) -> int:
    """Return the quarter turns, counter-clockwise, that make the picture upright; 0 if it is, or if no face is found in
    any rotation."""
    if not detections.faces:
        return _best_turn(pixels, (1, 3, 2), 0.0, finder)
    tilt = abs(_tilt(detections.faces[0]))
    if tilt > 180 - _MAX_TILT_DEG:
        return 2
    if tilt > _MAX_TILT_DEG:  # the detector finds some rotated faces too: the higher confidence decides
        return max((1, 3), key=lambda turns: _score(pixels, turns, finder))
    here = _score(pixels, 0, finder) if detections.score is None else detections.score
    return 0 if here >= _MIN_SCORE else _best_turn(pixels, (2,), here, finder)


def _best_turn(pixels: Pixels, turns: tuple[int, ...], score: float, finder: FaceFinder) -> int:
    """Return the turn with the highest confidence, 0 if none is high enough."""
    scores = {turn: _score(pixels, turn, finder) for turn in turns}
    best = max(turns, key=lambda turn: scores[turn])
    return best if scores[best] >= max(_MIN_SCORE, score + _MIN_SCORE_GAIN) else 0


def _score(pixels: Pixels, turns: int, finder: FaceFinder) -> float:
    return finder.detection_score(np.ascontiguousarray(np.rot90(downscale(pixels, STILL_SIDE_PX), turns)))


def _tilt(face: Face) -> float:
    """Return the degrees between straight down and the line from the eyes to the chin; positive if the chin is
    too far left."""
    across, down = (float(value) for value in face.chin - face.eyes)
    return math.degrees(math.atan2(-across, down))
