"""The division of a matte's undecided pixels into a left and a right side that have no equation in common.

They are a band along the outline, which is connected at the top of the head; below, its two sides are separate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Mask
from config.opencv import cv2

_MIN_PIXELS: Final = 8000  # undecided: for fewer, two threads gain nothing
_STEP_PX: Final = 6
_MAX_STEPS: Final = 16  # of rows below the first undecided one
_MAX_SHARE: Final = 0.6  # of the pixels below the fork, on the larger side


@dataclass(frozen=True)
class Fork:
    """The undecided pixels from number `first` on, in the order of the picture's rows, lie on two `sides`: int32, 0 or
    1 for each of them. Two pixels of different sides are more than two rows or columns apart."""

    first: int
    sides: NDArray[np.int32] = field(repr=False)


def find_forks(undecided: Mask) -> Iterator[Fork]:
    """Yield the forks of `undecided`, bool (h, w), from the first with sides of similar size on, some rows apart."""
    counts = np.cumsum(undecided.sum(axis=1))
    if counts[-1] < _MIN_PIXELS:
        return
    top = int(np.searchsorted(counts, 1))
    for row in range(top + _STEP_PX, min(top + _MAX_STEPS * _STEP_PX, len(undecided)), _STEP_PX):
        sides = _sides(undecided[row:])
        if len(sides) and max(sides.mean(), 1 - sides.mean()) <= _MAX_SHARE:
            yield Fork(int(counts[row - 1]), sides)


def _sides(undecided: Mask) -> NDArray[np.int32]:
    """Return a side for every undecided pixel: that of its component, so that both sides have about as many pixels."""
    mask = undecided.astype(np.uint8)
    near = cv2.dilate(mask, np.ones((3, 3), np.uint8))  # pixels two apart are connected
    count, labels = cv2.connectedComponents(near, connectivity=8)
    components = labels[undecided]
    sizes, sides, totals = np.bincount(components, minlength=count), np.zeros(count, np.int32), [0, 0]
    for component in np.argsort(-sizes, kind="stable"):
        smaller = int(totals[1] < totals[0])
        sides[component] = smaller
        totals[smaller] += int(sizes[component])
    return np.asarray(sides[components], np.int32)
