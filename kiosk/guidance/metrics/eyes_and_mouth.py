"""Metrics of eye opening, red eyes, mouth opening and visible teeth."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import NotMeasured, Reading
from kiosk.guidance.metrics.skin_reference import SkinReference, interpolate_points

UPPER_LIP: Final = (191, 80, 81, 82, 13, 312, 311, 310, 415)
LOWER_LIP: Final = (95, 88, 178, 87, 14, 317, 402, 318, 324)
"""The inner edges of the lips between the corners, from the sitter's right."""
IRIS_LANDMARKS: Final = (468, 473)
"""The middle of each iris; the four points after it lie on its rim."""
MIN_EYE_RATIO: Final = 0.75
"""Times as open as the other: eyes that are both open. Of 67 press portraits 19 of 20 read 0.8 and more, heads turned
by 20 degrees 0.76; with one eye drawn shut, three of four 0.53 and less. The mesh draws shut lids half open where the
other eye is wide open, so the other eye is better evidence than the lids."""
TEETH_THRESHOLDS: Final = (0.4, 0.85)
"""Times the cheek's luminance and redness: teeth are brighter, and less red than lips, tongue and gums."""


def eyes_and_mouth(face: Face) -> dict[str, Reading]:
    """- `eye_opening`: lid gap over eye width (eye aspect ratio, Soukupová & Čech 2016) of the less open eye, and less
      than that where the other is clearly more open. Over 287 faces: shut <= 0.13, open median 0.26, one in twenty open
      ones below 0.15 (AUC 0.991). Over 64 press portraits with lids drawn shut, both or one, against the same
      portraits unchanged: AUC 0.979, without the other eye 0.974; white beside the iris and its dark disc, measured in
      the pixels, did not improve that (0.931 for 0.927 where lids are nearly shut).
    - `mouth_opening`: gap between the lips over the width of the mouth, inner contour; 0 = closed. Over 133 faces the
      best threshold was 0.115 (AUC 0.989).
    """
    right, left = face.mouth_corners
    gap = float(np.linalg.norm(face.lower_lip - face.upper_lip))
    return {"eye_opening": eye_aspect_ratio(face), "mouth_opening": gap / max(1.0, float(np.linalg.norm(left - right)))}


def eye_aspect_ratio(face: Face) -> float:
    """Return the eye aspect ratio of the less open eye, reduced where the other one is clearly more open."""
    less, more = sorted((_aspect_ratio(face.right_eye_ring), _aspect_ratio(face.left_eye_ring)))
    return less * min(1.0, less / (MIN_EYE_RATIO * max(1e-3, more)))


def teeth(reference: SkinReference | NotMeasured) -> dict[str, Reading]:
    """`teeth`: mean height of the area between the lips with the colour of teeth, over the width of the mouth.

    Over 103 press portraits, labelled by eye: lips closed at most 0.01, broad smiles 0.03 to 0.11 except two whose
    teeth are in shade; a dark open mouth without teeth 0.
    """
    if isinstance(reference, NotMeasured):
        return {"teeth": reference}
    upper, lower = (reference.face.points[list(lip), :2] for lip in (UPPER_LIP, LOWER_LIP))
    luminance, redness = reference.relative(interpolate_points(upper, lower, 8, 0.06, 0.94))
    share = ((luminance > TEETH_THRESHOLDS[0]) & (redness < TEETH_THRESHOLDS[1])).mean(axis=1)
    right, left = reference.face.mouth_corners
    height = float((share * np.linalg.norm(lower - upper, axis=1)).mean())
    return {"teeth": height / max(1.0, float(np.linalg.norm(left - right)))}


def red_eye(reference: SkinReference | NotMeasured) -> dict[str, Reading]:
    """`red_eye`: the excess of red over green and blue in the pupil, over the red of the cheeks; of the redder eye.

    With a flash the blood behind the pupil is visible, about as red as the cheek. Of 99 portraits none is above 0.18,
    brown eyes and dark skin included.
    """
    if isinstance(reference, NotMeasured):
        return {"red_eye": reference}
    cheek = max(1e-3, float(reference.right_cheek[0] + reference.left_cheek[0]) / 2)
    return {"red_eye": max(_pupil_redness(reference, iris) for iris in IRIS_LANDMARKS) / cheek}


def _pupil_redness(reference: SkinReference, iris: int) -> float:
    radius = float(np.linalg.norm(reference.face.landmark(iris + 1) - reference.face.landmark(iris + 3))) / 2
    steps = np.array([-0.35, 0.0, 0.35], np.float32) * radius
    light = reference.light_at(reference.face.landmark(iris) + np.stack(np.meshgrid(steps, steps), axis=-1))
    excess = light[..., 0] - light[..., 1:].max(axis=-1)
    return float(np.median(np.nan_to_num(excess)))


def _aspect_ratio(ring: NDArray[np.float32]) -> float:
    outer, upper_out, upper_in, inner, lower_in, lower_out = ring
    gaps = np.linalg.norm(upper_out - lower_out) + np.linalg.norm(upper_in - lower_in)
    return float(gaps) / (2 * max(1.0, float(np.linalg.norm(outer - inner))))
