"""The gaze, from the irises between the corners of the eyes.

This is the turn of the eyes in the head; the head's own is pose.yaw. Over 99 press portraits with heads turned
by up to 20 degrees the two were unrelated (slope 0.01 eye widths for a sine of 1). Irises moved by 0.22 eye widths in
17 pictures were measured as moved by 0.14: the mesh underestimates, and the standard's band is set on these readings.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import Reading
from kiosk.guidance.metrics.eyes_and_mouth import eye_aspect_ratio

EYE_LANDMARKS: Final = ((33, 133, 468), (362, 263, 473))
"""Of each eye: the corner on the sitter's right, the other one, and the middle of the iris."""
NEUTRAL_ELEVATION: Final = 0.067
"""Eye widths by which the iris of an eye that looks straight ahead lies above the line through the corners (median of
99 portraits, sd 0.014)."""
MIN_EYE_OPENING: Final = 0.1
"""Eye opening below which the mesh guesses the iris. Shut eyes have no gaze, and the rule eyes_open covers them."""


def gaze_metrics(face: Face) -> dict[str, Reading]:
    """Return shares of the eye's width, mean of both eyes, in which differences between the eyes cancel:

    - `gaze_aside`: distance of the irises from the middle between the corners; + = the sitter looks to the own left.
    - `gaze_up`: distance above their position in eyes that look straight ahead; + = up. Lids move with the eyes, so
      this metric is weak: of irises moved up by 0.1 in 64 press portraits it reports a tenth, less than the differences
      between people (0.011 against 0.015; AUC 0.73). The middle of the dark area between the lids is no better (0.78):
      no rule fails on it.

    Both are 0 for shut eyes, as in a blink.
    """
    if eye_aspect_ratio(face) < MIN_EYE_OPENING:
        return {"gaze_aside": 0.0, "gaze_up": 0.0}
    offs = np.array([_iris_offset(face, *eye) for eye in EYE_LANDMARKS])
    return {"gaze_aside": float(offs[:, 0].mean()), "gaze_up": float(offs[:, 1].mean()) - NEUTRAL_ELEVATION}


def _iris_offset(face: Face, right: int, left: int, iris: int) -> tuple[float, float]:
    """Return the position of the iris from the middle of the eye, towards the sitter's left and upwards, in widths of
    that eye."""
    start, end = face.landmark(right), face.landmark(left)
    width = max(1e-3, float(np.linalg.norm(end - start)))
    axis = (end - start) / width
    off = (face.landmark(iris) - (start + end) / 2) / width
    return float(off @ axis), float(off[0] * axis[1] - off[1] * axis[0])
