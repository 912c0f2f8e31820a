"""The head at a fixed face size: hat or hair above, neck below."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.arrays import Mask, Pixels, Plane
from config.opencv import cv2
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import Detections, NotMeasured
from kiosk.guidance.metrics.patches import crop_patch

FACE_WIDTH_PX: Final = 60
_REACH: Final = (1.2, 1.2, 1.5)
"""Face widths of the patch from the middle of the brows: to either side, upwards, downwards."""
_BROWS: Final = (105, 66, 334, 296)


@dataclass(frozen=True, eq=False)
class HeadPatch:
    """The patch round the head: `lab` float32 (h, w, 3), the person mask, the face, and the middle of the brows."""

    lab: Plane = field(repr=False)
    person: Mask = field(repr=False)
    face: Face
    x: float
    y: float

    def row(self, height: float) -> int:
        """Return the row `height` face widths above the brows."""
        return round(self.y - height * FACE_WIDTH_PX)

    def column(self, aside: float) -> int:
        return round(self.x + aside * FACE_WIDTH_PX)

    def height(self, landmark: int) -> float:
        """Return the height of a landmark above the brows, in face widths."""
        return (self.y - float(self.face.points[landmark, 1])) / FACE_WIDTH_PX


def head_patch(pixels: Pixels, detections: Detections) -> HeadPatch | NotMeasured:
    """Return the head of the widest face in `pixels`, uint8 (h, w, 3) RGB."""
    face = detections.faces[0]
    if detections.person is None:
        return NotMeasured("not_measured.no_value")
    x, y = (float(value) for value in face.points[list(_BROWS), :2].mean(axis=0))
    x = (x + float(face.right_cheek[0] + face.left_cheek[0]) / 2) / 2
    aside, up, down = (share * face.width for share in _REACH)
    box = (x - aside, y - up, x + aside, y + down)
    patch = crop_patch(pixels, face, box, FACE_WIDTH_PX)
    if patch is None:
        return NotMeasured("not_measured.face_outside")
    codes = cv2.cvtColor(patch.pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab = (codes - np.array([0, 128, 128], np.float32)) * np.array([100 / 255, 1, 1], np.float32)
    place = [(value - corner) * patch.scale for value, corner in zip((x, y), patch.origin, strict=True)]
    person = _person_in(detections, patch.origin, patch.scale, (lab.shape[1], lab.shape[0]))
    return HeadPatch(np.asarray(lab, np.float32), person, patch.face, place[0], place[1])


def _person_in(detections: Detections, origin: tuple[int, int], scale: float, size: tuple[int, int]) -> Mask:
    """Return the person mask in the patch of `size` (width, height)."""
    assert detections.person is not None
    zoom = detections.person.shape[1] / detections.size[0]
    step = zoom / scale
    matrix = np.array([[step, 0, origin[0] * zoom], [0, step, origin[1] * zoom]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(detections.person, matrix, size, flags=flags) > 0.5)


def eroded(mask: Mask, side: int) -> Mask:
    """Return `mask` without the pixels nearer to its edge than half of `side`."""
    return np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)


def delta_e(difference: Plane) -> Plane:
    """Return the length of differences in L*a*b* (..., 3)."""
    return np.asarray(np.sqrt(np.einsum("...k,...k->...", difference, difference)), np.float32)
