"""Evidence that something covers the head: ISO/IEC 29794-5 calls the measure "no head coverings".

No model in the wheel of MediaPipe separates hair from cloth (its person mask has two classes, and leaves out what
stands away from the head), so four signs are measured that hair does not show. Each is a ratio to the limit that bare
heads do not reach; the largest counts. A hat of the hair's colour that ends at the hairline shows none of them.
"""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np

from config.arrays import Pixels, Plane
from kiosk.guidance.detection.types import Detections, NotMeasured, Reading
from kiosk.guidance.metrics.hat_brim import MIN_BRIM, brim_width
from kiosk.guidance.metrics.hat_edge import MIN_EDGE, straight_edge
from kiosk.guidance.metrics.head_patch import FACE_WIDTH_PX, HeadPatch, eroded, head_patch

_CHEEKS: Final = (50, 101, 205, 280, 330, 425)

MAX_ODD_SHARE: Final = 0.5
"""Share of the area above the forehead with a colour that hair does not have. Bare heads have at most 0.37 (a
coloured rim light), 99 of 100 at most 0.26; a blue cap 0.98, drawn coloured and white hats 0.77 (25th percentile) and
more."""
_NATURAL_HUES: Final = (15.0, 105.0)
"""Degrees in a*, b*: red to blond. Other hues count from _MIN_CHROMA on, these from _MAX_CHROMA on."""
_MIN_CHROMA: Final = 12.0
_MAX_CHROMA: Final = 52.0
_WHITE: Final = (82.0, 9.0)
"""L* above which, and chroma below which, a colour is whiter than white hair in studio light."""

SCARF_DELTA_E: Final = 15.0
"""Greatest difference in L*a*b* between the cloth above the forehead, beside both cheeks and below the chin. Bare heads
have 37 and more, or skin there, which is like the cheeks."""
_SCARF_SKIN_DELTA_E: Final = 20.0
_SCARF_ASIDE: Final = (0.55, 0.63)
_SCARF_HEIGHTS: Final = (-0.6, -0.35)


def head_covering(pixels: Pixels, detections: Detections) -> Reading:
    """`head_covering`: from 1 on something covers the head of the widest face in `pixels`, uint8 (h, w, 3) RGB.

    The largest of four ratios: odd colour above the forehead, a straight edge low over the brows, a brim, one cloth
    round the face.
    """
    head = head_patch(pixels, detections)
    if isinstance(head, NotMeasured):
        return head
    signs = (
        _odd_colour(head) / MAX_ODD_SHARE,
        straight_edge(head) / MIN_EDGE,
        brim_width(head) / MIN_BRIM,
        _scarf(head),
    )
    return max(signs)


def _odd_colour(head: HeadPatch) -> float:
    """Return the share of the area above the forehead whose colour neither hair nor skin has."""
    rows, columns = np.ogrid[: head.lab.shape[0], : head.lab.shape[1]]
    zone = eroded(head.person, 7) & (rows < head.row(max(0.25, 0.8 * head.height(10))))
    zone &= np.abs(columns - head.x) < 0.5 * FACE_WIDTH_PX
    if zone.sum() < FACE_WIDTH_PX:
        return 0.0
    light, a, b = np.moveaxis(head.lab[zone], -1, 0)
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a))
    strange = (hue < _NATURAL_HUES[0]) | (hue > _NATURAL_HUES[1])
    odd = ((chroma > _MIN_CHROMA) & strange) | (chroma > _MAX_CHROMA)
    return float((odd | ((light > _WHITE[0]) & (chroma < _WHITE[1]))).mean())


def _scarf(head: HeadPatch) -> float:
    """Return SCARF_DELTA_E over the greatest difference between the colours round the face; 0 where they are skin."""
    top, chin = head.height(10), head.height(152)
    places = [(-0.15, 0.15, top + 0.08, top + 0.22), (-0.12, 0.12, chin - 0.24, chin - 0.14)]
    places += [(*sorted((side * _SCARF_ASIDE[0], side * _SCARF_ASIDE[1])), *_SCARF_HEIGHTS) for side in (-1, 1)]  # type: ignore[misc]
    colours = [_colour_in(head, *place) for place in places]
    known = [colour for colour in colours if colour is not None]
    cheeks = [head.lab[int(y), int(x)] for x, y in head.face.points[list(_CHEEKS), :2]]
    skin = np.median(cheeks, axis=0)
    if len(known) < len(places) or min(np.linalg.norm(colour - skin) for colour in known) < _SCARF_SKIN_DELTA_E:
        return 0.0
    apart = max(float(np.linalg.norm(one - other)) for one, other in itertools.combinations(known, 2))
    return SCARF_DELTA_E / max(apart, 1.0)


def _colour_in(head: HeadPatch, left: float, right: float, low: float, high: float) -> Plane | None:
    """Return the median colour of a box in face widths from the brows; None where there is mostly no person."""
    rows = slice(max(0, head.row(high)), max(0, head.row(low)))
    columns = slice(max(0, head.column(left)), max(0, head.column(right)))
    person = head.person[rows, columns]
    if person.size == 0 or person.mean() < 0.9:
        return None
    return np.asarray(np.median(head.lab[rows, columns].reshape(-1, 3), axis=0), np.float32)
