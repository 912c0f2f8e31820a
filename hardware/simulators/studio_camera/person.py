"""The person in the simulated studio: the cut-out of `astronaut` (NASA, public domain).

`python -m tests.bench.cut_out_sitter` makes the four files. So a station needs neither scikit-image, which contains the
photograph, nor the time to matte it, and a start needs neither SciPy nor the second that moving lips and lids takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Floats, Pixels
from config.image_file import open_image

PICTURE: Final = Path(__file__).with_name("sitter.webp")
POINTS: Final = Path(__file__).with_name("sitter_points.npy")
RELIEF: Final = Path(__file__).with_name("sitter_relief.npy")
FACES: Final = Path(__file__).with_name("sitter_faces.webp")
DETAIL: Final = 4
"""The cut-out's scale relative to the photograph."""

Expression = tuple[float, float]
"""The openness of eyes and mouth, each from 1 (as photographed) to 0 (shut)."""

PHOTOGRAPHED: Final[Expression] = (1.0, 1.0)
FACES_STORED: Final[tuple[Expression, ...]] = (
    *((eyes, 0.0) for eyes in (1.0, 0.75, 0.5, 0.25, 0.0)),
    *((1.0, mouth) for mouth in (0.25, 0.5, 0.75)),
    *((both, both) for both in (0.25, 0.5, 0.75)),
)
"""The expressions in FACES, from the top row down: those of all scenes and of the movements between them. The last
three are between shut eyes and an open mouth."""
FACE: Final = np.s_[336:736, 680:1112]
"""The part of the cut-out, rows and columns, outside which no expression differs from the photograph."""


@dataclass(frozen=True)
class Person:
    """A cut-out: `rgba` 2048 x 2048 x 4 uint8, colour premultiplied by alpha, and its face points.

    `points` is 478 x 3 float32: x, y, depth in source pixels (of the 512 x 512 photograph); `rgba` is DETAIL times as
    wide and high. `relief` is the head's height above the neck's axis every eight source pixels, 64 x 64 float32;
    `faces` are the parts FACE of `rgba` with other expressions.
    """

    rgba: Pixels
    points: NDArray[np.float32]
    relief: Floats
    faces: Mapping[Expression, Pixels]


def load_person() -> Person:
    """Read the person from the four files."""
    faces = np.split(_read_rgba(FACES), len(FACES_STORED))
    return Person(
        _read_rgba(PICTURE),
        np.load(POINTS, allow_pickle=False),
        np.load(RELIEF, allow_pickle=False),
        dict(zip(FACES_STORED, faces, strict=True)),
    )


def _read_rgba(path: Path) -> Pixels:
    with open_image(path, ("WEBP",)) as picture:
        return np.asarray(picture.convert("RGBA"))
