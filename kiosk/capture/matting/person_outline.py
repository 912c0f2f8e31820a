"""The rows of head and shoulders in the outline of a person."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Mask

MASK_EDGE: Final = 0.5
"""Where the person mask is above it, it shows the person."""
_HEAD_SHARE: Final = 0.35  # of the person's height in the picture: these rows show the head alone
_SHOULDER_FACTOR: Final = 1.25  # times the widest row of the head, hair included


def head_end(outline: Mask) -> int:
    """Return the first row below those that show the head alone."""
    top = int(np.argmax(outline.any(axis=1)))
    return top + round(_HEAD_SHARE * (len(outline) - top))


def shoulder_row(outline: Mask) -> int:
    """Return the first row below the head at which the person is clearly wider than the head."""
    widths, below = outline.sum(axis=1), head_end(outline)
    wider = np.flatnonzero(widths[below:] > _SHOULDER_FACTOR * widths[:below].max())
    return below + int(wider[0]) if len(wider) else len(outline)
