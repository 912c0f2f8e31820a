"""The lower edge of a hat: one sharp, smooth, nearly straight line from temple to temple, low over the brows.

A hairline is curved more, or less sharp; the edge of a fringe is jagged, and hair goes on beside it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Plane
from kiosk.guidance.metrics.head_patch import FACE_WIDTH_PX, HeadPatch, delta_e, eroded

Rows = NDArray[np.signedinteger[Any]]

MIN_EDGE: Final = 11.0
"""Difference in L*a*b* across the line, its 20th percentile, where the line is smooth; a rough line counts less.
Bare heads, those with fringes too, reach 6.4 at most; drawn caps and knitted caps mostly 15 to 50."""
SMOOTH_PX: Final = 1.0
"""Pixels of the patch from a smooth curve, 80th percentile: edges of hats 0.4 to 1.3, hair mostly 1.6 and more."""
_HALF_WIDTH: Final = 0.5
_HEIGHTS: Final = (0.06, 0.24)
_TILTS_DEG: Final = (-8.0, -4.0, 0.0, 4.0, 8.0)
_SAGS: Final = (-0.08, -0.04, 0.0, 0.04, 0.08)
"""Face widths: half the width of the line, its heights above the brows, and by how much its ends lie lower."""
_BROWS_HALF_WIDTH: Final = 0.4
_CLEARANCE: Final = 0.05
"""Face widths beside the middle within which a line must be that much above the brows, as brows are lines, too."""
_QUANTILE: Final = 0.2
_SEARCH_PX: Final = 3
_MIN_CHANGE: Final = 10.0
_MIN_COLUMNS: Final = 20
_ABOVE_PX: Final = (5, 11)
_ASIDE: Final = (0.54, 0.68)
_ASIDE_HEIGHTS: Final = (-0.5, 0.0)
_SAME_DELTA_E: Final = 14.0
_MAX_HAIR_ASIDE: Final = 0.3
"""Share of the area beside the face, on the barer side, that has the colour above the line: more is a fringe."""


@dataclass(frozen=True, eq=False)
class _Line:
    """The best line: its columns and rows in the patch, and its strength in L*a*b*."""

    columns: Rows = field(repr=False)
    rows: Rows = field(repr=False)
    strength: float


def straight_edge(head: HeadPatch) -> float:
    """Return the difference in L*a*b* across the best line, less for a rough one; 0 where hair goes on beside it."""
    change = np.zeros(head.lab.shape[:2], np.float32)
    change[2:-2] = delta_e(head.lab[4:] - head.lab[:-4])
    change[~eroded(head.person, 3)] = 0
    line = _best_line(head, change)
    if line is None or _continues_aside(head, line):
        return 0.0
    return line.strength * min(1.0, SMOOTH_PX / max(1e-6, _roughness(line, change))) ** 3


def _best_line(head: HeadPatch, change: Plane) -> _Line | None:
    """Return the strongest line; None where a line would leave the patch."""
    aside = np.arange(-_HALF_WIDTH * FACE_WIDTH_PX, _HALF_WIDTH * FACE_WIDTH_PX + 1)
    heights = np.arange(_HEIGHTS[0] * FACE_WIDTH_PX, _HEIGHTS[1] * FACE_WIDTH_PX)
    ends = np.square(aside / aside[-1]) * FACE_WIDTH_PX
    bends = [np.tan(np.radians(tilt)) * aside + sag * ends for tilt, sag in itertools.product(_TILTS_DEG, _SAGS)]
    above = heights[:, None, None] - np.array(bends)[None]
    clear = above[..., np.abs(aside) <= _BROWS_HALF_WIDTH * FACE_WIDTH_PX].min(axis=-1) > _CLEARANCE * FACE_WIDTH_PX
    rows = np.rint(head.y - above[clear]).astype(np.intp)
    columns = np.rint(head.x + aside).astype(np.intp)
    height, width = change.shape
    if rows.min() < _ABOVE_PX[1] or columns[0] < 0 or rows.max() + _SEARCH_PX >= height or columns[-1] >= width:
        return None
    rank = round(_QUANTILE * len(aside))
    strengths = np.partition(change[rows, columns], rank, axis=-1)[..., rank]
    best = int(strengths.argmax())
    return _Line(columns, rows[best], float(strengths[best]))


def _roughness(line: _Line, change: Plane) -> float:
    """Return by how many pixels the edge near `line` differs from a parabola, 80th percentile."""
    steps = np.arange(-_SEARCH_PX, _SEARCH_PX + 1)
    near = change[line.rows + steps[:, None], line.columns]
    rows, clear = line.rows + steps[near.argmax(axis=0)], near.max(axis=0) > _MIN_CHANGE
    if clear.sum() < _MIN_COLUMNS:
        return float(_SEARCH_PX)
    x, y = line.columns[clear] - line.columns.mean(), rows[clear]
    return float(np.quantile(np.abs(y - np.polyval(np.polyfit(x, y, 2), x)), 0.8))


def _continues_aside(head: HeadPatch, line: _Line) -> bool:
    """Return whether both sides of the face have the colour above the line: then it is hair, or cloth all round."""
    above = head.lab[line.rows - np.arange(*_ABOVE_PX)[:, None], line.columns]
    colour = np.median(above.reshape(-1, 3), axis=0)
    return min(_share_aside(head, colour, side) for side in (-1, 1)) > _MAX_HAIR_ASIDE


def _share_aside(head: HeadPatch, colour: Plane, side: int) -> float:
    first, last = sorted(max(0, head.column(side * aside)) for aside in _ASIDE)
    rows = slice(max(0, head.row(_ASIDE_HEIGHTS[1])), max(0, head.row(_ASIDE_HEIGHTS[0])))
    person = head.person[rows, first:last]
    if not person.any():
        return 0.0
    alike = delta_e(head.lab[rows, first:last] - colour) < _SAME_DELTA_E
    return float((alike & person).sum() / person.size)
