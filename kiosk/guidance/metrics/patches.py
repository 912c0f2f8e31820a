"""Patches of a picture at a fixed face size, so that a live frame and a 24-megapixel shot are measured alike."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.opencv import cv2
from kiosk.guidance.detection.face import Face


@dataclass(frozen=True, eq=False)
class FacePatch:
    """A part of a picture, scaled: `scale` is patch pixels per picture pixel, `origin` the part's top left in it."""

    pixels: Pixels = field(repr=False)
    face: Face
    scale: float
    origin: tuple[int, int]

    def polygon_mask(self, indices: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return the pixels inside the outline through these mesh points."""
        mask = np.zeros(self.pixels.shape[:2], np.uint8)
        corners = np.rint(self.face.points[list(indices), :2]).astype(np.int32)
        cv2.fillConvexPoly(mask, cv2.convexHull(corners), (1,))
        return mask > 0


def crop_patch(
    pixels: Pixels, face: Face, box: tuple[float, float, float, float], face_width: float
) -> FacePatch | None:
    """Return the part of `pixels` within `box` (left, top, right, bottom) and the picture, at `face_width`.

    None if almost nothing of the box is in the picture.
    """
    height, width = pixels.shape[:2]
    left, top = max(0, round(box[0])), max(0, round(box[1]))
    right, bottom = min(width, round(box[2])), min(height, round(box[3]))
    if face.width < 1 or right - left < 4 or bottom - top < 4:
        return None
    scale = face_width / face.width
    size = (max(2, round((right - left) * scale)), max(2, round((bottom - top) * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    part = np.asarray(cv2.resize(pyramid_down(pixels[top:bottom, left:right], size), size, interpolation=how), np.uint8)
    return FacePatch(part, face.transform(scale, (-left * scale, -top * scale)), scale, (left, top))


def pyramid_down(part: Pixels, size: tuple[int, int]) -> Pixels:
    """Return `part`, halved as long as it stays twice `size` (width, height): OpenCV averages 2 x 2 pixels four times
    as fast as any other number of them."""
    while part.shape[1] >= 4 * size[0] and part.shape[0] >= 4 * size[1]:
        part = np.asarray(cv2.resize(part, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    return part


def face_patch(pixels: Pixels, face: Face, face_width: float) -> FacePatch | None:
    """Return the face itself, forehead to chin."""
    low, high = face.oval.min(axis=0), face.oval.max(axis=0)
    return crop_patch(pixels, face, (float(low[0]), float(low[1]), float(high[0]) + 1, float(high[1]) + 1), face_width)
