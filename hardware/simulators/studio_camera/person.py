"""The person in the simulated studio: the cut-out of `astronaut` (NASA, public domain).

`python -m tests.bench.cut_out_sitter` makes `sitter.webp` and `sitter_points.npy`, so that a station needs neither
scikit-image, which contains the photograph, nor the time to matte it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.image_file import open_image

PICTURE: Final = Path(__file__).with_name("sitter.webp")
POINTS: Final = Path(__file__).with_name("sitter_points.npy")
DETAIL: Final = 4
"""The cut-out's scale relative to the photograph."""


@dataclass(frozen=True)
class Person:
    """A cut-out: `rgba` 2048 x 2048 x 4 uint8, colour premultiplied by alpha, and its face points.

    `points` is 478 x 3 float32: x, y, depth in source pixels (of the 512 x 512 photograph); `rgba` is DETAIL times as
    wide and high.
    """

    rgba: Pixels
    points: NDArray[np.float32]


def load_person() -> Person:
    """Return the shipped person."""
    with open_image(PICTURE, ("WEBP",)) as picture:
        rgba = np.asarray(picture.convert("RGBA"))
    return Person(rgba, np.load(POINTS, allow_pickle=False))
