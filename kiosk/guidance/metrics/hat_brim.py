"""A brim, or the board of an academic cap, beside the head: found by colour, as the person mask leaves it out."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Mask, Plane
from config.opencv import cv2
from kiosk.guidance.metrics.head_patch import FACE_WIDTH_PX, HeadPatch, delta_e

MIN_BRIM: Final = 0.1
"""Face widths over which a thin, straight object extends from the head on both sides: a brim, or the board of an
academic cap. Bare heads before a plain backdrop have none."""
_BRIM_COLUMNS: Final = (0.62, 1.0)
_BRIM_BOTTOM: Final = -0.5
_BRIM_DELTA_E: Final = 14.0
_MAX_BRIM: Final = 0.27
_BRIM_CLEARANCE: Final = 0.3
_BRIM_STRAIGHTNESS: Final = 0.04
_BRIM_LEVEL: Final = 0.25
"""Face widths: the columns beside the head, the lowest row, the greatest thickness, the free space below, the error of
a straight line, and the difference between both sides where they meet the head."""
_PLAIN_SPREAD: Final = 8.0
_MIN_BRIM_COLUMNS: Final = 5


def brim_width(head: HeadPatch) -> float:
    """Return the face widths over which a thin, straight object extends from the head, on the shorter side; 0 without a
    plain backdrop."""
    bottom = max(1, head.row(_BRIM_BOTTOM))
    lab, person = head.lab[:bottom], head.person[:bottom]
    even = _backdrop_plane(lab, cv2.dilate(person.astype(np.uint8), np.ones((13, 13), np.uint8)) == 0)
    if even is None:
        return 0.0
    foreground = np.asarray((delta_e(lab - even) > _BRIM_DELTA_E) | person)
    left, right = (_brim_side(head, foreground, side) for side in (-1, 1))
    if left is None or right is None or abs(left[1] - right[1]) > _BRIM_LEVEL * FACE_WIDTH_PX:
        return 0.0
    return min(left[0], right[0]) / FACE_WIDTH_PX


def _backdrop_plane(lab: Plane, behind: Mask) -> Plane | None:
    """Return the plane through the colours `behind` the head, by every fourth pixel; None without a plain backdrop."""
    rows, columns = (2 * places for places in np.nonzero(behind[::2, ::2]))
    if len(rows) < FACE_WIDTH_PX:
        return None
    colours = lab[rows, columns]
    off = delta_e(colours - np.median(colours, axis=0))
    if float(np.median(off)) > _PLAIN_SPREAD:
        return None
    near = off < 2 * _PLAIN_SPREAD
    places = np.column_stack([columns, rows, np.ones_like(rows)])[near].astype(np.float32)
    slopes = np.linalg.lstsq(places.T @ places, places.T @ colours[near], rcond=None)[0]
    height, width = lab.shape[:2]
    x, y = np.arange(width, dtype=np.float32)[:, None], np.arange(height, dtype=np.float32)[:, None, None]
    return np.asarray(x * slopes[0] + y * slopes[1] + slopes[2], np.float32)


def _brim_side(head: HeadPatch, foreground: Mask, side: int) -> tuple[int, float] | None:
    """Return the number of columns with a thin run of `foreground` on one side of the head, and the row where they
    meet the head; None if they are few or no straight line."""
    steps = np.arange(_BRIM_COLUMNS[0], _BRIM_COLUMNS[1], 1 / FACE_WIDTH_PX)
    columns = [column for step in steps if 0 <= (column := head.column(side * step)) < foreground.shape[1]]
    runs = [(column, middle) for column in columns if (middle := _thin_run(foreground[:, column])) is not None]
    if len(runs) < _MIN_BRIM_COLUMNS:
        return None
    x, y = np.array(runs).T
    line = np.polyfit(x, y, 1)
    if float(np.quantile(np.abs(y - np.polyval(line, x)), 0.8)) > _BRIM_STRAIGHTNESS * FACE_WIDTH_PX:
        return None
    return len(runs), float(np.polyval(line, columns[0]))


def _thin_run(column: Mask) -> float | None:
    """Return the middle of the uppermost run in a column, if it is thin and backdrop is above and below."""
    starts = np.flatnonzero(column)
    if len(starts) == 0 or starts[0] < 2:
        return None
    top = int(starts[0])
    free = np.flatnonzero(~column[top:])
    if len(free) == 0:
        return None
    end = top + int(free[0])
    clear = round(_BRIM_CLEARANCE * FACE_WIDTH_PX)
    if not 2 <= end - top < _MAX_BRIM * FACE_WIDTH_PX or end + clear > len(column) or column[end : end + clear].any():
        return None
    return (top + end) / 2
