"""How the face is lit: bright enough, nothing blown out, both sides alike.

Luminance is linear (sRGB decoded, Rec. 709 weights), as in ISO/IEC 29794-5: in code values 0.2 is about 124 and 0.8
about 231.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.guidance.chips import Chip, face_chip
from kiosk.guidance.face import OVAL, Face, Pixels
from kiosk.guidance.reading import Missing, Reading

FACE_WIDTH: Final = 100
"""Pixels: light is a coarse thing."""
RIGHT_CHEEK: Final = (50, 101, 205, 187, 123, 117, 118)
LEFT_CHEEK: Final = (280, 330, 425, 411, 352, 346, 347)
"""Mirror images of each other: from below the eye to the height of the mouth, away from nose and beard."""
BLOWN: Final = 250
_CODES = np.arange(256) / 255.0
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)


def light(pixels: Pixels, face: Face) -> dict[str, Reading]:
    """- `skin_luminance`: mean linear luminance of both cheeks, 0-1.
    - `blown_share`: share of the face where two colour channels are at 250 or above: detail that is gone for good.
    - `light_balance`: (left - right) / (left + right) of the cheeks' mean luminance, -1 to 1; 0 = alike, positive = the
      sitter's own left side is the brighter.
    """
    small = face_chip(pixels, face, FACE_WIDTH)
    if small is None:
        return dict.fromkeys(("skin_luminance", "blown_share", "light_balance"), Missing("measure.face_outside"))
    luminance = linear_luminance(small.pixels)
    right, left = _mean(luminance, small, RIGHT_CHEEK), _mean(luminance, small, LEFT_CHEEK)
    if right is None or left is None:
        return dict.fromkeys(("skin_luminance", "blown_share", "light_balance"), Missing("measure.face_outside"))
    blown = np.sort(small.pixels, axis=2)[..., 1] >= BLOWN
    return {
        "skin_luminance": (left + right) / 2,
        "blown_share": float(blown[small.polygon(OVAL)].mean()),
        "light_balance": (left - right) / max(1e-6, left + right),
    }


def linear_luminance(pixels: Pixels) -> NDArray[np.float32]:
    """Linear luminance 0-1, float32 (h, w), of an sRGB picture."""
    return np.asarray(_LINEAR[pixels] @ np.array([0.2126, 0.7152, 0.0722], np.float32), np.float32)


def _mean(luminance: NDArray[np.float32], small: Chip, indices: tuple[int, ...]) -> float | None:
    inside = small.polygon(indices)
    return float(luminance[inside].mean()) if inside.any() else None
