"""The pose of the shoulders, and of the head over them. ISO/IEC 29794-5 has no metric for the body.

The pose of the shoulders has two sources: the outline in the person mask, and the joints of the pose network. The
network reports NET_SENSITIVITY of a tilt or a shift, and a tilted head tilts its shoulders as well (by up to 8 of 12
degrees). The outline is wrong where hair, a shadow, too much light or clothes of the backdrop's colour blur it. Their
errors are independent, so both are combined wherever both exist.

Rejected: the network's depth of the shoulders, for a turned body. It is 2 to 41 degrees for the same frontal body.
Turned shoulders are detected by their width.

Signs are the sitter's: shoulder_tilt + = own left shoulder the higher, head_offset + = head towards the own left
shoulder, head_lean + = tilted to the own left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.guidance.detection.body import Body
from kiosk.guidance.detection.types import Detections, NotMeasured, Reading
from kiosk.guidance.metrics.pose import roll
from kiosk.guidance.metrics.silhouette import FACE_WIDTH_PX, Silhouette, silhouette_below

SHOULDER_RANGE: Final = (0.85, 1.4)
"""Face widths to either side of the body's axis between which a shoulder's upper edge is measured: outside hair and
collar, inside the fall of the upper arm (adults: 2.8 face widths from acromion to acromion)."""
TORSO_RANGE: Final = (0.75, 1.05)
"""Face widths below the chin at which the torso's middle is measured: below the slope of the shoulders."""
SHOULDERS_TO_TORSO: Final = 0.5
"""Face widths from the shoulders' upper edge down to the middle of TORSO_RANGE: a leaning axis is that much off
there."""
MIN_COLUMNS: Final = 8
"""Least visible columns of the outline on both sides, of 22."""
MIN_ROWS: Final = 4
NET_SENSITIVITY: Final = 0.8
"""Share of a tilt of the shoulders, and of a shift of the head over them, that the joints show: 8 sitters rendered 5 to
12 degrees askew 0.6 to 0.9, with the head 0.35 face widths off the middle 0.5 to 0.9."""
_ITERATIONS: Final = 8


def shoulder_metrics(detections: Detections) -> dict[str, Reading]:
    """- `shoulder_tilt`, degrees: the slope of the line through both shoulders, from both sources (`_combine`) or from
    the available one (arms outside the picture, no body yet). Of sitters rendered 5 to 12 degrees askew below a level
    head it reports 0.9 to 1.1 of the change; of a torso drawn leaning with its shoulders, by the outline alone, two
    thirds.
    - `head_offset`, face widths: from the torso's middle to the middle of the face, also from both sources.
    - `head_lean`, degrees: how much more than the shoulders the head is tilted.
    - `shoulder_span`, face widths: from joint to joint in the picture, frontal 1.8 to 2.4, rendered half as wide 1.2 to
      1.7; a turned body looks narrower.
    """
    joints = _estimate_from_joints(detections.body, detections.size) if detections.body is not None else None
    outline = _estimate_from_outline(detections)
    estimates = [estimate for estimate in (outline, joints) if estimate is not None]
    missing = NotMeasured("not_measured.shoulders_outside" if detections.body is not None else "not_measured.no_body")
    tilts = [estimate.tilt for estimate in estimates if estimate.tilt is not None]
    tilt: Reading = _combine(tilts) if tilts else missing
    offsets = [estimate.head_offset for estimate in estimates]
    return {
        "shoulder_tilt": tilt,
        "head_offset": _combine(offsets) if offsets else missing,
        "head_lean": missing if isinstance(tilt, NotMeasured) else roll(detections.faces[0]) + tilt,
        "shoulder_span": joints.span if joints is not None else missing,
    }


@dataclass(frozen=True)
class _Estimate:
    """`tilt` in degrees, `head_offset` in face widths."""

    tilt: float | None
    head_offset: float


@dataclass(frozen=True)
class _JointEstimate(_Estimate):
    """`span` in face widths."""

    tilt: float
    span: float


def _combine(values: list[float]) -> float:
    """Return the mean of both sources, but at most twice the smaller one; 0 if they contradict each other."""
    if min(values) * max(values) < 0:
        return 0.0
    most = 2 * min(abs(one) for one in values)
    return max(-most, min(most, sum(values) / len(values)))


def _estimate_from_joints(body: Body, size: tuple[int, int]) -> _JointEstimate | None:
    """Return the estimate; None if a joint is outside the picture, where the network guesses."""
    left, right, face = body.left_shoulder, body.right_shoulder, body.face
    if (np.minimum(left, right) < 0).any() or (np.maximum(left, right) > np.array(size) - 1).any():
        return None
    across, down = float(left[0] - right[0]), float(right[1] - left[1])
    middle = float(face.left_cheek[0] + face.right_cheek[0] - left[0] - right[0]) / 2
    tilt = math.degrees(math.atan2(down, abs(across)))
    return _JointEstimate(
        tilt / NET_SENSITIVITY, middle / face.width / NET_SENSITIVITY, math.hypot(across, down) / face.width
    )


def _estimate_from_outline(detections: Detections) -> _Estimate | None:
    outline = silhouette_below(detections, detections.faces[0])
    middles = outline.row_centres(*TORSO_RANGE) if outline is not None else np.empty(0, np.float32)
    if outline is None or len(middles) < MIN_ROWS:
        return None
    torso = float(middles.mean())
    return _Estimate(_outline_tilt(outline, torso), (outline.face_centre_x - torso) / FACE_WIDTH_PX)


def _outline_tilt(outline: Silhouette, torso: float) -> float | None:
    """Return the angle at which the axis and the shoulders measured along it are equally tilted: a fixed point.

    The slope is that of the line through points of both upper edges that are equally far from the axis.
    """
    tops = outline.top_rows()
    angle = 0.0
    for _ in range(_ITERATIONS):
        slope = _shoulder_slope(tops, torso - math.tan(angle) * SHOULDERS_TO_TORSO * FACE_WIDTH_PX)
        if slope is None:
            return None
        angle = (angle + slope) / 2
    return math.degrees(angle)


def _shoulder_slope(tops: NDArray[np.float32], axis: float) -> float | None:
    """Return radians; + = the right side of the picture, the sitter's left, is the higher."""
    away = np.arange(SHOULDER_RANGE[0] * FACE_WIDTH_PX, SHOULDER_RANGE[1] * FACE_WIDTH_PX)
    left, right = np.rint(axis + away).astype(int), np.rint(axis - away).astype(int)
    here = (left < len(tops)) & (right >= 0)
    fall = tops[right[here]] - tops[left[here]]
    known = np.isfinite(fall)
    if known.sum() < MIN_COLUMNS:
        return None
    return float(np.median(np.arctan2(fall[known], 2 * away[here][known])))
