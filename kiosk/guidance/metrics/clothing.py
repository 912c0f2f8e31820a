"""Metrics of clothes from colours and edges. ISO/IEC 29794-5 has no metric for clothes.

Colours are compared in CIE L*a*b* (difference of 1976).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.arrays import Mask, Pixels, Plane
from config.opencv import cv2
from config.srgb import LUMINANCE_WEIGHTS, linear_light, linear_to_lab
from config.standards.registry import Colour
from kiosk.guidance.detection.types import Detections, NotMeasured, Reading
from kiosk.guidance.metrics.patches import FacePatch
from kiosk.guidance.metrics.silhouette import (
    EXTENT_ABOVE_CHIN,
    EXTENT_ASIDE,
    FACE_WIDTH_PX,
    Silhouette,
    silhouette_below,
)
from kiosk.guidance.metrics.skin import LEFT_CHEEK, RIGHT_CHEEK

MAX_BACKDROP_DELTA_E: Final = 11.0
"""Difference in L*a*b* below which two colours merge across an outline: clothes in the backdrop's colour are within 9
of it, including folds; a white blouse before a light grey backdrop differs by 13 to 20."""
MAX_OUTPUT_DELTA_E: Final = 22.0
"""The same for the background of the portrait, where the name of the colour counts as well: a pale blue shirt is a blue
shirt."""
RIM_WIDTH: Final = 0.14
"""Face widths inside the outline within which clothes are measured."""
OUTLINE_CLEARANCE: Final = 0.07
"""Face widths excluded on either side of the outline: about three pixels, the error of the mask."""
ROWS_BELOW_CHIN: Final = (0.35, 1.5)
"""Face widths below the chin: from the collar down to what the widest portrait shows."""
MIN_ZONE_PX: Final = 60
"""Least visible pixels of a zone; the rim of a shoulder alone has a hundred."""
SKIN_TOLERANCE_LAB: Final = (35.0, 9.0)
"""Tolerance of skin elsewhere on the body against the cheeks: L*, and a*, b* together."""
CHEEKS_FACE_WIDTH_PX: Final = 60
"""Pixels of the face in the patch on which the cheeks' colour is taken."""
TARGET_SKIN_LUMINANCE: Final = 0.3
"""The luminance to which the cheeks are scaled before skin is compared: fair skin in good light."""
CLIPPED_LEVEL: Final = 250
CHEST_DEPTH: Final = 1.1
"""Face widths below the chin down to which skin is measured."""
COLLAR_HALF_WIDTH: Final = 0.75
"""Face widths: half the width of neck and open collar at the chin's height; it narrows to nothing one face width below.
"""
PATTERN_SCALE: Final = 0.12
"""Face widths: shorter variations are pattern, longer ones light and folds."""
BACKDROP_REACH: Final = 0.5
"""Face widths: range within which backdrop counts for a point of the outline."""
MIN_TORSO_WIDTH: Final = 1.5
"""Face widths: where the torso is narrower (with arms it has 2.8), the person mask has lost it."""
CHEST_SIDES: Final = (0.45, 0.9)
CHEST_ROWS: Final = (0.8, 1.4)
"""Face widths to either side of the face's middle, and below the chin: every chest covers this area, even if the mask
does not and the head is a third of a face width off the middle."""
BACKDROP_START: Final = 1.2
"""Face widths to either side from which on, above the chin, there is backdrop."""


@dataclass(frozen=True, eq=False)
class _Torso:
    """The silhouette's part of the picture as L*a*b*, float32 (h, w, 3), and where in it clothes can be."""

    silhouette: Silhouette
    pixels: Pixels = field(repr=False)
    lab: Plane = field(repr=False)
    person: Mask = field(repr=False)
    rows: Mask = field(repr=False)


def clothing_metrics(
    pixels: Pixels, detections: Detections, background_colour: Colour | None, patch: FacePatch | None
) -> dict[str, Reading]:
    """`patch` is the face patch at CHEEKS_FACE_WIDTH_PX.

    - `clothes_like_backdrop`: share of the torso's rim whose colour differs by less than MAX_BACKDROP_DELTA_E from that
      of the backdrop beside it: there person and backdrop are indistinguishable. Where the person mask itself did not
      separate them and has lost the torso, the share of the chest like the backdrop beside the head.
    - `clothes_like_output`: share of the same rim less than MAX_OUTPUT_DELTA_E from the portrait's background colour
      `background_colour`.
    - `bare_skin`: share of shoulders and chest, outside the neck and an open collar, with the colour of the sitter's
      own cheeks: bare shoulders, straps, a low neckline; or clothes of that colour.
    - `clothes_pattern`: median over the torso of the local contrast, in L*a*b*: 1 to 4 for plain cloth with its folds.
    """
    names = ("clothes_like_backdrop", "clothes_like_output", "bare_skin", "clothes_pattern")
    torso = _find_torso(pixels, detections)
    if torso is None or _torso_width(torso) < MIN_TORSO_WIDTH:
        missing: dict[str, Reading] = dict.fromkeys(names, NotMeasured("not_measured.no_clothes"))
        return missing if torso is None else {**missing, "clothes_like_backdrop": _chest_like_backdrop(torso)}
    rim, outside = _rim_and_outside(torso)
    readings = (
        _like_backdrop(torso, rim, outside),
        _like_output(torso, rim, background_colour),
        _bare_skin(torso, patch),
        _pattern(torso),
    )
    return dict(zip(names, readings, strict=True))


def _find_torso(pixels: Pixels, detections: Detections) -> _Torso | None:
    face = detections.faces[0]
    silhouette = silhouette_below(detections, face)
    if silhouette is None:
        return None
    scale = FACE_WIDTH_PX / face.width
    left = float(face.left_cheek[0] + face.right_cheek[0]) / 2 - EXTENT_ASIDE * face.width
    top = float(face.chin[1]) - EXTENT_ABOVE_CHIN * face.width
    part = _crop_scaled(pixels, (left, top), scale, (silhouette.mask.shape[1], silhouette.mask.shape[0]))
    rows = np.zeros(silhouette.mask.shape, np.bool_)
    first, last = (round(silhouette.chin + share * FACE_WIDTH_PX) for share in ROWS_BELOW_CHIN)
    rows[first:last] = True
    return _Torso(silhouette, part, _lab(part), silhouette.mask > 0.5, rows & silhouette.inside)


def _torso_width(torso: _Torso) -> float:
    """Return the greatest width of the torso in face widths."""
    return float((torso.person & torso.rows).sum(axis=1).max()) / FACE_WIDTH_PX


def _crop_scaled(pixels: Pixels, corner: tuple[float, float], scale: float, size: tuple[int, int]) -> Pixels:
    """Return the part of `pixels` from `corner` on at `scale`; grey outside the picture."""
    height, width = pixels.shape[:2]
    left, top = round(corner[0]), round(corner[1])
    right, bottom = round(corner[0] + size[0] / scale), round(corner[1] + size[1] / scale)
    inner = pixels[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    whole = np.full((size[1], size[0], 3), 128, np.uint8)
    x, y = max(0, round(-left * scale)), max(0, round(-top * scale))
    across = min(size[0] - x, max(1, round(inner.shape[1] * scale)))
    down = min(size[1] - y, max(1, round(inner.shape[0] * scale)))
    if inner.size and across > 0 and down > 0:
        whole[y : y + down, x : x + across] = cv2.resize(inner, (across, down), interpolation=cv2.INTER_AREA)
    return whole


def _lab(pixels: Pixels) -> Plane:
    """Convert sRGB to CIE L*a*b* (D65), from OpenCV's eight-bit form with an error of half a unit, with which limits
    were set."""
    codes = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    return np.asarray((codes - (0, 128, 128)) * np.array([100 / 255, 1, 1]), np.float32)


def _rim_and_outside(torso: _Torso) -> tuple[Mask, Mask]:
    """Return the torso just inside its outline, and the sure backdrop; both without the outline itself."""
    inwards = cv2.distanceTransform(torso.person.astype(np.uint8), cv2.DIST_L2, 3)
    outwards = cv2.distanceTransform((~torso.person).astype(np.uint8), cv2.DIST_L2, 3)
    near = (inwards > OUTLINE_CLEARANCE * FACE_WIDTH_PX) & (inwards <= (OUTLINE_CLEARANCE + RIM_WIDTH) * FACE_WIDTH_PX)
    return near & torso.rows, (outwards > OUTLINE_CLEARANCE * FACE_WIDTH_PX) & torso.silhouette.inside


def _like_backdrop(torso: _Torso, rim: Mask, outside: Mask) -> Reading:
    """Compare each point with the mean of the visible backdrop near it, because light falls off over a backdrop."""
    if rim.sum() < MIN_ZONE_PX or outside.sum() < MIN_ZONE_PX:
        return NotMeasured("not_measured.no_backdrop")
    weight = outside.astype(np.float32)
    share = _box_mean(weight, BACKDROP_REACH)
    beside = _box_mean(torso.lab * weight[..., None], BACKDROP_REACH) / np.maximum(share, 1e-4)[..., None]
    known = rim & (share > 1e-3)
    if known.sum() < MIN_ZONE_PX:
        return NotMeasured("not_measured.no_backdrop")
    return float((np.linalg.norm(torso.lab - beside, axis=2)[known] < MAX_BACKDROP_DELTA_E).mean())


def _chest_like_backdrop(torso: _Torso) -> Reading:
    """Compare the area of the chest with the backdrop beside the head, for a torso that the mask has lost."""
    rows, columns = np.indices(torso.person.shape, np.float32)
    below, aside = (
        (rows - torso.silhouette.chin) / FACE_WIDTH_PX,
        np.abs(columns - torso.silhouette.face_centre_x) / FACE_WIDTH_PX,
    )
    chest = (aside > CHEST_SIDES[0]) & (aside < CHEST_SIDES[1]) & (below > CHEST_ROWS[0]) & (below < CHEST_ROWS[1])
    chest &= torso.silhouette.inside
    beside = (aside > BACKDROP_START) & (below < 0) & torso.silhouette.inside & ~torso.person
    if chest.sum() < MIN_ZONE_PX or beside.sum() < MIN_ZONE_PX:
        return NotMeasured("not_measured.no_clothes")
    off = np.linalg.norm(torso.lab[chest] - np.median(torso.lab[beside], axis=0), axis=1)
    return float((off < MAX_BACKDROP_DELTA_E).mean())


def _like_output(torso: _Torso, rim: Mask, background_colour: Colour | None) -> Reading:
    if background_colour is None:
        return NotMeasured("not_measured.no_value")
    if rim.sum() < MIN_ZONE_PX:
        return NotMeasured("not_measured.no_clothes")
    background = _lab(np.array([[background_colour]], np.uint8))[0, 0]
    return float((np.linalg.norm(torso.lab[rim] - background, axis=1) < MAX_OUTPUT_DELTA_E).mean())


def _bare_skin(torso: _Torso, patch: FacePatch | None) -> Reading:
    """Compare colours after scaling the cheeks to one luminance, because dark pictures have little colour."""
    skin = _cheek_light(patch)
    if skin is None:
        return NotMeasured("not_measured.face_outside")
    rows, columns = np.indices(torso.person.shape, np.float32)
    below = (rows - torso.silhouette.chin) / FACE_WIDTH_PX
    collar = np.abs(columns - torso.silhouette.face_centre_x) / FACE_WIDTH_PX < COLLAR_HALF_WIDTH * (1 - below)
    zone = _inner_torso(torso) & ~collar & (below < CHEST_DEPTH)
    if zone.sum() < MIN_ZONE_PX:
        return NotMeasured("not_measured.no_clothes")
    gain = TARGET_SKIN_LUMINANCE / max(1e-4, float(skin @ LUMINANCE_WEIGHTS))
    off = _lab_of_light(linear_light(torso.pixels[zone]) * gain) - _lab_of_light(skin[None] * gain)
    alike = (np.abs(off[:, 0]) < SKIN_TOLERANCE_LAB[0]) & (np.hypot(off[:, 1], off[:, 2]) < SKIN_TOLERANCE_LAB[1])
    return float(alike.mean())


def _cheek_light(patch: FacePatch | None) -> Plane | None:
    """Return the sitter's own skin: the median linear light of both cheeks; None if they are cut off or blown
    out."""
    if patch is None:
        return None
    cheeks = patch.pixels[patch.polygon_mask(RIGHT_CHEEK) | patch.polygon_mask(LEFT_CHEEK)]
    if len(cheeks) < 12:
        return None
    median = np.median(cheeks, axis=0)
    return None if median.max() >= CLIPPED_LEVEL else linear_light(np.rint(median).astype(np.uint8))


def _lab_of_light(light: Plane) -> Plane:
    """Convert linear light (n, 3) to L*a*b* (n, 3)."""
    return np.asarray(linear_to_lab(np.minimum(light, 1)[None].astype(np.float32))[0])


def _pattern(torso: _Torso) -> Reading:
    zone = _inner_torso(torso)
    if zone.sum() < MIN_ZONE_PX:
        return NotMeasured("not_measured.no_clothes")
    weight = torso.person.astype(np.float32)[..., None]
    share = np.maximum(_box_mean(weight[..., 0], PATTERN_SCALE), 1e-3)
    fine = (torso.lab - _box_mean(torso.lab * weight, PATTERN_SCALE) / share[..., None]) * weight
    power = _box_mean(np.square(fine).sum(axis=2), PATTERN_SCALE) / share
    return float(np.sqrt(np.median(power[zone])))


def _box_mean(plane: Plane, reach: float) -> Plane:
    """Return the mean over a square of twice `reach` face widths, in constant time."""
    side = 2 * round(reach * FACE_WIDTH_PX) + 1
    return np.asarray(cv2.blur(plane, (side, side), borderType=cv2.BORDER_CONSTANT), np.float32)


def _inner_torso(torso: _Torso) -> Mask:
    inwards = cv2.distanceTransform(torso.person.astype(np.uint8), cv2.DIST_L2, 3)
    return (inwards > OUTLINE_CLEARANCE * FACE_WIDTH_PX) & torso.rows
