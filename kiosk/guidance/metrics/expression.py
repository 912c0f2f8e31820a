"""Expression: a broad smile and raised brows, from the mesh in the head's own coordinates.

OFIQ has a trained network for ExpressionNeutrality; this is geometry alone, without the head's pose
(pose.to_head_frame).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import Reading
from kiosk.guidance.metrics.pose import to_head_frame

BROW_LANDMARKS: Final = (105, 66, 107, 334, 296, 336)
LIP_LANDMARKS: Final = (0, 17)
"""The middle of the lips' outer edge, above and below. An open mouth lowers it and so measures like a smile; the rule
mouth_closed comes first, and without the gap broad smiles with teeth would measure like lips at rest."""
LIFT_WEIGHT: Final = 2.0
"""Weight of the corners' lift: mouths differ in width by 10 % (sd), in their corners' height by 3 % of the width, and a
smile changes both by about as much."""
EYE_CORNER_LANDMARKS: Final = (33, 133, 362, 263)


def expression_metrics(face: Face) -> dict[str, Reading]:
    """- `smile`: width of the mouth over the distance of the outer eye corners, plus LIFT_WEIGHT times by how much the
      corners of the mouth lie above its middle, over its width. A smile moves the corners apart and up; speaking does
      one or the other. Over 76 press portraits, labelled by eye: lips at rest or speaking at most 0.79 (median 0.63),
      slight smiles 0.76 to 0.89, smiles with teeth 0.86 to 1.11. Drawn smiles (both corners out and up by a seventh of
      the mouth) against the same faces at rest: AUC 0.953 there and 0.98 over 18 sitters; with LIFT_WEIGHT 1, 0.935 and
      0.97.
    - `brow_height`: brows above the line of the eyes over the distance of the eyes. People differ: 0.32 to 0.48 at rest
      (1st to 99th percentile), while raising them adds a quarter: in a stream blink.BrowBaseline is the reference.
    """
    points = to_head_frame(face)
    right, left = points[61], points[291]
    width = max(1e-3, float(np.hypot(*(left - right)[:2])))
    lift = float((points[list(LIP_LANDMARKS), 1].mean() - (right[1] + left[1]) / 2) / width)
    apart = width / max(1e-3, float(np.hypot(*(points[263] - points[33])[:2])))
    eyes = points[list(EYE_CORNER_LANDMARKS)]
    between = max(1e-3, float(np.hypot(*((eyes[2:] - eyes[:2]).mean(axis=0))[:2])))
    return {
        "smile": apart + LIFT_WEIGHT * lift,
        "brow_height": float(eyes[:, 1].mean() - points[list(BROW_LANDMARKS), 1].mean()) / between,
    }
