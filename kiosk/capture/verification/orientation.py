"""A photo that lies on its side or stands on its head: a camera held upright without saying so in EXIF, a scan.

The face mesh alone does not tell: it fits a face that stands on its head as one that does not, with the mouth for eyes.
The detector knows upright faces only. Over 18 portraits it is sure of each by 0.73 to 0.96, and of the same ones upside
down by 0.61 at most (of 17, not at all).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from config.arrays import Pixels
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.detection.landmarks import STILL_SIDE_PX, Detections, Face, FaceFinder, downscale

_MAX_TILT_DEG: Final = 45.0  # degrees; beyond, the head is nearer to the next quarter turn
_MIN_SCORE: Final = 0.7  # of a face as it stands: not looked at again
_MIN_SCORE_GAIN: Final = 0.15  # by so much more must the detector be sure of the face in the turned picture
_PROBLEM_BY_TURNS: Final = {1: "photo.rotated_right", 2: "photo.upside_down", 3: "photo.rotated_left"}
"""By the quarter turns counter-clockwise that set the picture upright."""


def check_upright(pixels: Pixels, detections: Detections, finder: FaceFinder) -> None:
    """Raises PhotoProblem: photo.lies_left, photo.lies_right (where the head points), photo.upside_down."""
    turns = _quarter_turns(pixels, detections, finder)
    if turns:
        raise PhotoProblem(_PROBLEM_BY_TURNS[turns])


def _quarter_turns(pixels: Pixels, detections: Detections, finder: FaceFinder) -> int:
    """Counter-clockwise; 0 where the picture is upright, or no face is found however it is turned."""
    if not detections.faces:
        return _best_turn(pixels, (1, 3, 2), 0.0, finder)
    tilt = abs(_tilt(detections.faces[0]))
    if tilt > 180 - _MAX_TILT_DEG:
        return 2
    if tilt > _MAX_TILT_DEG:  # the detector, too, sees some that lie: which side is down, the surer one tells
        return max((1, 3), key=lambda turns: _score(pixels, turns, finder))
    here = _score(pixels, 0, finder)
    return 0 if here >= _MIN_SCORE else _best_turn(pixels, (2,), here, finder)


def _best_turn(pixels: Pixels, turns: tuple[int, ...], score: float, finder: FaceFinder) -> int:
    """That of the turns after which the detector is surest of a face, 0 where it is sure after none."""
    scores = {turn: _score(pixels, turn, finder) for turn in turns}
    best = max(turns, key=lambda turn: scores[turn])
    return best if scores[best] >= max(_MIN_SCORE, score + _MIN_SCORE_GAIN) else 0


def _score(pixels: Pixels, turns: int, finder: FaceFinder) -> float:
    return finder.detection_score(np.ascontiguousarray(np.rot90(downscale(pixels, STILL_SIDE_PX), turns)))


def _tilt(face: Face) -> float:
    """Degrees from straight down, of the way from the eyes to the chin; positive where the chin is too far left."""
    across, down = (float(value) for value in face.chin - face.eyes)
    return math.degrees(math.atan2(-across, down))
