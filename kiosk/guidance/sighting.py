"""Who is in a picture: faces, person mask and body."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from kiosk.guidance.body import Body
from kiosk.guidance.face import Face


@dataclass(frozen=True, eq=False)
class Sighting:
    """Who is in a picture of `size` (width, height): the faces, widest first, the person mask, and the widest's body.

    `person` is float32 (h, w), 0 backdrop to 1 person, over the whole picture but at the size it was searched at;
    None when the mask was not asked for. `person_at` gives it at any size. `body` is None where none was looked for.
    """

    size: tuple[int, int]
    faces: tuple[Face, ...]
    person: NDArray[np.float32] | None = field(default=None, repr=False)
    body: Body | None = field(default=None, repr=False)

    def person_at(self, size: tuple[int, int]) -> NDArray[np.float32] | None:
        """The person mask as (h, w) for `size` = (width, height)."""
        if self.person is None:
            return None
        return np.asarray(cv2.resize(self.person, size, interpolation=cv2.INTER_LINEAR), np.float32)
