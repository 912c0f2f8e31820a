"""Classify skin by the sitter's own cheeks, so that dark skin, side light and warm light need no extra rule.

A point is compared, in linear light, with the cheek of its own side or with a blend of both across the face, whichever
is darker: a shadow may fall off softly or end at the nose. Hair, frames and dark lenses are darker, or less red:
haemoglobin and melanin make any skin redder than hair of the same brightness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.arrays import Mask, Pixels, Plane, Points
from config.srgb import LUMINANCE_WEIGHTS, linear_light
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import NotMeasured
from kiosk.guidance.metrics.patches import FacePatch, crop_patch
from kiosk.guidance.metrics.skin import LEFT_CHEEK, RIGHT_CHEEK

FACE_WIDTH_PX: Final = 100
"""Pixels: a brow is then 4 high, a thin spectacle frame 1."""
MARGIN_FACE_WIDTHS: Final = (0.2, 0.05)
"""Face widths beside and above the mesh that are included: ears, and hair that hangs in."""
_CHEEKS: Final = (RIGHT_CHEEK, LEFT_CHEEK)
MAX_HAIR_LUMINANCE: Final = 0.42
"""Times the cheek's luminance: hair has less than a third of light skin and about a third of dark skin, skin in shade
under brows and nose a half."""
PALE_THRESHOLDS: Final = (0.8, 0.9)
"""Times the cheek's redness and luminance: less red and not brighter is hair, less red and brighter is shine on
skin."""

_LIGHT_FLOOR: Final = 0.002  # linear light, about that of black with noise and glare: keeps ratios of dark areas stable


@dataclass(frozen=True, eq=False)
class SkinReference:
    """A face at FACE_WIDTH_PX with the light of its cheeks: `right_cheek` and `left_cheek` are the sitter's, linear RGB
    (3,)."""

    patch: FacePatch = field(repr=False)
    right_cheek: Plane
    left_cheek: Plane

    @property
    def face(self) -> Face:
        """The mesh in pixels of the patch."""
        return self.patch.face

    @property
    def up(self) -> Points:
        """One face width from chin towards forehead, (2,) pixels."""
        line = self.face.forehead - self.face.chin
        return np.asarray(line * (FACE_WIDTH_PX / max(1.0, float(np.linalg.norm(line)))), np.float32)

    @property
    def across(self) -> Points:
        """One face width towards the sitter's left, (2,) pixels."""
        return np.array([-self.up[1], self.up[0]], np.float32)

    def light_at(self, points: Points) -> Plane:
        """Return linear RGB at `points` (..., 2) of the patch; NaN outside the picture."""
        height, width = self.patch.pixels.shape[:2]
        columns, rows = np.moveaxis(np.rint(points).astype(np.intp), -1, 0)
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        pixels = self.patch.pixels[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
        return np.asarray(np.where(inside[..., None], linear_light(pixels), np.nan), np.float32)

    def relative(self, points: Points) -> tuple[Plane, Plane]:
        """Return luminance and redness (red over green) at `points` (..., 2), each over that of skin there."""
        light, skin = self.light_at(points), self._skin_at(points)
        luminance = (light @ LUMINANCE_WEIGHTS) / np.maximum(skin @ LUMINANCE_WEIGHTS, 1e-4)
        return np.asarray(luminance, np.float32), np.asarray(_redness(light) / _redness(skin), np.float32)

    def covered_masks(self, grids: Sequence[Points]) -> list[Mask]:
        """Return the mask (...) of the points that are not skin, for each grid (..., 2); False outside the picture."""
        luminance, redness = self.relative(np.concatenate([grid.reshape(-1, 2) for grid in grids]))
        where = (luminance < MAX_HAIR_LUMINANCE) | ((redness < PALE_THRESHOLDS[0]) & (luminance < PALE_THRESHOLDS[1]))
        ends = np.cumsum([grid.size // 2 for grid in grids])[:-1]
        return [part.reshape(grid.shape[:-1]) for part, grid in zip(np.split(where, ends), grids, strict=True)]

    def _skin_at(self, points: Points) -> Plane:
        """Return the expected skin at `points`, linear RGB (..., 3)."""
        share = self._share_left(points)[..., None]
        blended = np.asarray(self.right_cheek * (1 - share) + self.left_cheek * share, np.float32)
        own = np.where(share < 0.5, self.right_cheek, self.left_cheek)
        darker = (own @ LUMINANCE_WEIGHTS < blended @ LUMINANCE_WEIGHTS)[..., None]
        return np.asarray(np.where(darker, own, blended), np.float32)

    def _share_left(self, points: Points) -> Plane:
        start, end = (self.face.points[list(cheek), :2].mean(axis=0) for cheek in _CHEEKS)
        line = end - start
        return np.asarray(np.clip((points - start) @ line / max(1.0, float(line @ line)), 0, 1), np.float32)


def measure_skin_reference(pixels: Pixels, face: Face) -> SkinReference | NotMeasured:
    """Return the face of a picture, uint8 (h, w, 3) RGB, with the light of its cheeks."""
    low, high = face.oval.min(axis=0), face.oval.max(axis=0)
    beside, above = (share * face.width for share in MARGIN_FACE_WIDTHS)
    box = (float(low[0]) - beside, float(low[1]) - above, float(high[0]) + beside, float(high[1]) + 1)
    small = crop_patch(pixels, face, box, FACE_WIDTH_PX)
    cheeks = [] if small is None else [_cheek_light(small, cheek) for cheek in _CHEEKS]
    visible = [cheek for cheek in cheeks if cheek is not None]
    if small is None or not visible:
        return NotMeasured("not_measured.face_outside")
    return SkinReference(small, visible[0], visible[-1])


def interpolate_points(start: Points, end: Points, steps: int, low: float = 0.0, high: float = 1.0) -> Points:
    """Return `steps` points on each line from `start` to `end` (..., 2), from share `low` to `high` of it, as
    (..., steps, 2)."""
    share = np.linspace(low, high, steps, dtype=np.float32)[:, None]
    return np.asarray(start[..., None, :] * (1 - share) + end[..., None, :] * share, np.float32)


def resample_line(line: Points, steps: int) -> Points:
    """Return `steps` points evenly along a line of points (n, 2)."""
    place, where = np.linspace(0, len(line) - 1, steps), np.arange(len(line))
    return np.column_stack([np.interp(place, where, line[:, axis]) for axis in (0, 1)]).astype(np.float32)


def _cheek_light(patch: FacePatch, indices: tuple[int, ...]) -> Plane | None:
    inside = patch.polygon_mask(indices)
    return np.asarray(np.median(linear_light(patch.pixels[inside]), axis=0), np.float32) if inside.any() else None


def _redness(light: Plane) -> Plane:
    return np.asarray((light[..., 0] + _LIGHT_FLOOR) / (light[..., 1] + _LIGHT_FLOOR), np.float32)
