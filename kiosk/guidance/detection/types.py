"""The people in a picture: faces, person mask and body."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.opencv import cv2
from config.standards.registry import Colour
from kiosk.guidance.detection.body import Body
from kiosk.guidance.detection.face import Face
from kiosk.guidance.metrics.patches import FacePatch, face_patch


@dataclass(frozen=True, eq=False)
class Detections:
    """The people in a picture of `size` (width, height): the faces, widest first, the person mask, and the body
    of the widest face.

    `person` is float32 (h, w), 0 backdrop to 1 person, of the whole picture at the size of the search; None without a
    search. `person_mask_at` returns it at any size. `body` is None without a search. `score` is the detector's highest
    confidence (0 to 1) of an upright face in the whole picture, None without a search.
    """

    size: tuple[int, int]
    faces: tuple[Face, ...]
    person: NDArray[np.float32] | None = field(default=None, repr=False)
    body: Body | None = field(default=None, repr=False)
    score: float | None = None

    def person_mask_at(self, size: tuple[int, int]) -> NDArray[np.float32] | None:
        """Return the person mask as (h, w) for `size` = (width, height)."""
        if self.person is None:
            return None
        return np.asarray(cv2.resize(self.person, size, interpolation=cv2.INTER_LINEAR), np.float32)


@dataclass(frozen=True, eq=False)
class PreviousFrame:
    """Earlier detections of the same stream, `seconds_ago` before the current ones; older than `max_seconds` they are
    not used for movement."""

    detections: Detections = field(repr=False)
    seconds_ago: float
    max_seconds: float = 1.0


@dataclass(frozen=True, eq=False)
class FrameContext:
    """The input of a group of metrics: `pixels` uint8 (h, w, 3) RGB with at least one face in `detections`.

    `background_colour` is the background colour of the future portrait, None if none is chosen.
    """

    pixels: Pixels = field(repr=False)
    detections: Detections = field(repr=False)
    previous: PreviousFrame | None = field(default=None, repr=False)
    background_colour: Colour | None = None
    _patches: dict[float, FacePatch | None] = field(default_factory=dict, repr=False)

    @property
    def face(self) -> Face:
        """The sitter's face: the widest of several."""
        return self.detections.faces[0]

    def face_patch(self, face_width: float) -> FacePatch | None:
        """Return patches.face_patch, cached by width."""
        if face_width not in self._patches:
            self._patches[face_width] = face_patch(self.pixels, self.face, face_width)
        return self._patches[face_width]


@dataclass(frozen=True)
class NotMeasured:
    """No value, and the message id of the reason."""

    reason: str


Reading = float | NotMeasured
