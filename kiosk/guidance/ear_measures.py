"""Whether the ears can be seen. Advice only: skin beside the face may be an ear, blonde hair or a wooden wall."""

from __future__ import annotations

from typing import Final

import numpy as np

from kiosk.guidance.complexion import Complexion, between
from kiosk.guidance.reading import Missing, Reading

SIDES: Final = ((127, 132, -1), (356, 361, 1))
"""The outline of the face at the height of the ear, above and below, and which way is out: the sitter's right, left."""
OUT: Final = (0.04, 0.13)
LUMINANCE: Final = (0.35, 1.6)
REDNESS: Final = (0.85, 1.3)
"""Times the cheek's: an ear is skin, often in shade."""


def ears(own: Complexion | Missing) -> dict[str, Reading]:
    """`ears`: share of the ear's height at which the place just outside the face is skin-coloured, on the worse side.

    Over 52 press portraits, labelled by looking: AUC 0.87; both ears to be seen median 0.5, not both 0.
    """
    if isinstance(own, Missing):
        return {"ears": own}
    return {"ears": min(_seen(own, *side) for side in SIDES)}


def _seen(own: Complexion, top: int, bottom: int, out: int) -> float:
    edge = between(own.face.at(top), own.face.at(bottom), 12, 0.1, 0.8)
    luminance, redness = own.relative(between(edge, edge + out * own.across, 6, *OUT))
    skin = (luminance > LUMINANCE[0]) & (luminance < LUMINANCE[1]) & (redness > REDNESS[0]) & (redness < REDNESS[1])
    return float(np.asarray(skin).mean(axis=0).max())
