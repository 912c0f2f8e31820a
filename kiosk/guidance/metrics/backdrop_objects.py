"""Detect what is neither backdrop nor sitter: objects, other people, and the room beyond the backdrop's edge.

A shadow and uneven light keep the backdrop's tint and remove no more light than a shadow can; areas of another tint, or
darker or brighter than that, are something else. Other people are also found in the person mask, in clothes of any
colour and anywhere in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Mask, Pixels, Plane
from config.opencv import cv2
from config.srgb import linear_light, luminance
from kiosk.guidance.detection.types import Detections, NotMeasured, Reading
from kiosk.guidance.metrics.backdrop import CLEARANCE_PX, FACE_WIDTH_PX, distance_to, person_mask_over
from kiosk.guidance.metrics.colour import neutral_cast
from kiosk.guidance.metrics.patches import FacePatch, crop_patch

REACH_FACE_WIDTHS: Final = 1.5
"""Face widths from the middle of the face to either side that a portrait may show: 240 of 480 px at a face of 180 px
are 1.33; the rest is for a sitter who leans."""
MAX_ARM_REACH: Final = 2.3
"""Face widths to either side that the sitter's own shoulders and arms may take."""
MAX_HAIR_REACH: Final = 1.3
"""Face widths to either side that the sitter's own head may take, above the chin."""
_MAX_TINT_STOPS: Final = 0.4
_MIN_STOPS: Final = -1.2
_MAX_STOPS: Final = 0.9
"""Stops: by how much channel ratios and luminance may differ from the backdrop's. A shadow of half the light is -1."""
_STRIDE_PX: Final = 4
_LIGHT_FLOOR: Final = 0.01
_MIN_OBJECT_AREA: Final = 0.015
"""Face widths squared: smaller areas are marks on the paper, which the unevenness includes, or hairs."""
_MIN_FOREIGN_COLUMN_SHARE: Final = 0.6
"""Share of a column beside the sitter that must be foreign for the backdrop to have ended there."""
NAMES: Final = ("backdrop_clutter", "backdrop_missing", "backdrop_cast")


@dataclass(frozen=True, eq=False)
class BackdropRegion:
    """The whole picture at backdrop.FACE_WIDTH_PX: the person mask, the mask of pixels that are surely no person
    (`is_backdrop`), of those the `foreign` ones, and the median colour (code values) of the backdrop itself."""

    patch: FacePatch
    person: Plane = field(repr=False)
    is_backdrop: Mask = field(repr=False)
    foreign: Mask = field(repr=False)
    colour: Plane

    @property
    def face_centre_x(self) -> float:
        """The column of the middle of the face."""
        return float(self.patch.face.eyes[0])


def find_backdrop(pixels: Pixels, detections: Detections) -> BackdropRegion | None:
    """Return the backdrop of a picture; None without a mask, or with almost no backdrop round the head."""
    width, height = detections.size
    small = crop_patch(pixels, detections.faces[0], (0, 0, width, height), FACE_WIDTH_PX)
    if small is None or detections.person is None:
        return None
    person = person_mask_over(detections, small)
    away = distance_to(person >= 0.1)
    sure = away > CLEARANCE_PX
    ring = sure & (away < 0.6 * FACE_WIDTH_PX)
    ring[min(len(ring), max(0, round(float(small.face.chin[1])))) :] = False
    if ring.sum() < 60:
        return None
    foreign = sure & _find_foreign(small.pixels, sure, ring)
    return BackdropRegion(small, person, sure, foreign, _medians(small.pixels, ring))


def detect_objects(region: BackdropRegion | None) -> dict[str, Reading]:
    """- `backdrop_clutter`: area of all that is neither backdrop nor sitter, over the square of the face width: things
      in front of the backdrop, parts of other people anywhere in the picture. 1 is about a face.
    - `backdrop_missing`: how many face widths of the REACH_FACE_WIDTHS beside the sitter lie beyond the backdrop's
      edge, on the worse side; 0 = the backdrop is wide enough.
    - `backdrop_cast`: colour.neutral_cast of the backdrop.
    """
    if region is None:
        return dict.fromkeys(NAMES, NotMeasured("not_measured.no_backdrop"))
    beyond = _beyond_edge(region)
    shown = (np.arange(len(beyond)) < float(region.patch.face.eyes[1]) + REACH_FACE_WIDTHS * FACE_WIDTH_PX)[
        :, None
    ]  # above the sitter's lap
    loose = cv2.morphologyEx(
        (region.foreign & shown & ~beyond).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
    )
    clutter = _area_without_specks(loose | _other_people(region).astype(np.uint8))
    inside = np.abs(np.arange(beyond.shape[1]) - region.face_centre_x) <= REACH_FACE_WIDTHS * FACE_WIDTH_PX
    columns = beyond.any(axis=0) & inside
    left, right = columns[: round(region.face_centre_x)].sum(), columns[round(region.face_centre_x) :].sum()
    return {
        "backdrop_clutter": clutter / FACE_WIDTH_PX**2,
        "backdrop_missing": float(max(left, right)) / FACE_WIDTH_PX,
        "backdrop_cast": neutral_cast(region.colour),
    }


def _find_foreign(pixels: Pixels, is_backdrop: Mask, ring: Mask) -> Mask:
    """Return the pixels that differ from the backdrop round the head, whose light may change evenly across the
    picture."""
    light = linear_light(pixels) + np.float32(_LIGHT_FLOOR)
    stops = np.asarray(cv2.log(light), np.float32) / np.float32(np.log(2))
    tints = stops[..., ::2] - stops[..., 1:2]
    own = _medians(tints, ring)
    other = (np.abs(tints[..., 0] - own[0]) > _MAX_TINT_STOPS) | (np.abs(tints[..., 1] - own[1]) > _MAX_TINT_STOPS)
    bright = np.asarray(cv2.log(luminance(light)), np.float32) / np.float32(np.log(2))
    off = bright - _fit_brightness_plane(bright, is_backdrop & ~other, float(np.median(bright[ring])))
    return np.asarray(other | (off < _MIN_STOPS) | (off > _MAX_STOPS))


def _medians(plane: NDArray[Any], mask: Mask) -> Plane:
    """Return the median of each channel of (h, w, c), over every other row and column, which is enough."""
    some = plane[::2, ::2][mask[::2, ::2]]
    return np.array([np.median(column) for column in np.ascontiguousarray(some.T)], np.float32)


def _fit_brightness_plane(bright: Plane, mask: Mask, level: float) -> Plane:
    """Return the plane through the luminance, in stops, of what is near `level`; at most 1.5 stops across a picture."""
    some = bright[::_STRIDE_PX, ::_STRIDE_PX]
    near = mask[::_STRIDE_PX, ::_STRIDE_PX] & (np.abs(some - level) < 1.0)
    y, x = np.nonzero(near)
    if len(x) < 20:
        return np.full_like(bright, level)
    places = np.stack([_STRIDE_PX * x, _STRIDE_PX * y, np.ones_like(x)]).astype(np.float64)
    slope = np.linalg.lstsq(places @ places.T, places @ some[near], rcond=None)[0]
    height, width = bright.shape
    plane = slope[0] * np.arange(width) + slope[1] * np.arange(height)[:, None] + slope[2]
    return np.asarray(np.clip(plane, level - 0.75, level + 0.75), np.float32)


def _beyond_edge(region: BackdropRegion) -> Mask:
    """Return the columns from either side of the picture inwards, as long as most of their visible pixels are
    foreign."""
    height, width = region.is_backdrop.shape
    known = np.maximum(region.is_backdrop.sum(axis=0), 1)
    gone = (region.foreign.sum(axis=0) > _MIN_FOREIGN_COLUMN_SHARE * known) & (
        region.is_backdrop.sum(axis=0) > 0.2 * height
    )
    here = int(np.clip(round(region.face_centre_x), 0, width - 1))
    beyond = np.zeros(width, np.bool_)
    remaining = np.flatnonzero(~gone[:here])
    beyond[: int(remaining[0]) if len(remaining) else 0] = True
    remaining = np.flatnonzero(~gone[here:])
    beyond[here + int(remaining[-1]) + 1 if len(remaining) else width :] = True
    return region.foreign & beyond[None, :]


def _other_people(region: BackdropRegion) -> Mask:
    """Return the pixels of other people in the person mask: separate from the sitter, or where the sitter cannot be."""
    person = (region.person > 0.5).astype(np.uint8)
    _, parts = cv2.connectedComponents(person)
    height, width = person.shape
    chin, middle = round(float(region.patch.face.chin[1])), round(region.face_centre_x)
    trunk = parts[max(0, chin) :, max(0, middle - FACE_WIDTH_PX // 2) : middle + FACE_WIDTH_PX // 2]
    head = parts[region.patch.polygon_mask((10, 234, 152, 454))]
    own = np.isin(parts, np.concatenate([np.unique(trunk), np.unique(head)]))  # a mask may be interrupted at the neck
    away = np.abs(np.arange(width) - region.face_centre_x)[None, :] / FACE_WIDTH_PX
    above = np.arange(height)[:, None] < chin
    return np.asarray((person > 0) & (~own | (away > MAX_ARM_REACH) | (above & (away > MAX_HAIR_REACH))))


def _area_without_specks(mask: Plane) -> float:
    """Return the number of pixels of `mask` in parts larger than specks."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    return float(areas[areas >= _MIN_OBJECT_AREA * FACE_WIDTH_PX**2].sum())
