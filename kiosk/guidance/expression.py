"""Whether the face is at rest: a broad smile and raised brows, told by the mesh in the head's own frame.

OFIQ has a trained net for ExpressionNeutrality; here it is geometry alone, with the head's turn taken out (head_frame).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from kiosk.guidance.face import Face
from kiosk.guidance.pose_measures import in_head_frame
from kiosk.guidance.reading import Reading

BROWS: Final = (105, 66, 107, 334, 296, 336)
EYE_CORNERS: Final = (33, 133, 362, 263)


def expression(face: Face) -> dict[str, Reading]:
    """- `smile`: width of the mouth over the distance of the outer eye corners, plus by how much the corners of the
      mouth lie above its middle, over its width. A smile draws corners apart and up; speaking does one or the other.
      Over 103 press portraits, labelled by looking: at rest 0.56 (sd 0.05), slight smile 0.74, broad one 0.84 (0.05);
      AUC 1.0 broad, 0.95 slight, against rest.
    - `brow_height`: brows above the line of the eyes over the distance of the eyes. People differ: 0.32 to 0.48 at rest
      (1st to 99th percentile), while raising them adds about a third.
    """
    points = in_head_frame(face)
    right, left = points[61], points[291]
    width = max(1e-3, float(np.hypot(*(left - right)[:2])))
    lift = float((points[[13, 14], 1].mean() - (right[1] + left[1]) / 2) / width)
    apart = width / max(1e-3, float(np.hypot(*(points[263] - points[33])[:2])))
    eyes = points[list(EYE_CORNERS)]
    between = max(1e-3, float(np.hypot(*((eyes[2:] - eyes[:2]).mean(axis=0))[:2])))
    return {"smile": apart + lift, "brow_height": float(eyes[:, 1].mean() - points[list(BROWS), 1].mean()) / between}
