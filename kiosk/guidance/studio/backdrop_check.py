"""The empty backdrop: its light, its folds and shadows, its colour, and whether it fills the frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.opencv import cv2
from config.settings.studio import Box, StudioSettings
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.illumination import Surface, surface
from kiosk.guidance.studio.light_units import nearer, percent
from kiosk.guidance.studio.reference_image import Floats, Mask, Plate, lab

_ALONE: Final = 0.01  # share of the needed part from which something is told of
_FULL: Final = 0.5  # and from which there is no backdrop to speak of
_STEEP: Final = 0.06  # stops per pixel: the border of a thing; a shadow's is softer
_SOFT: Final = 10.0  # pixels: shadows are larger than this, folds are not
_FINE, _BROAD = 1.2, 8.0  # pixels: the stripes between are folds
_ROOM: Final = 14.0  # pixels over which the strength of folds is averaged


@dataclass(frozen=True, eq=False)
class BackdropSeen:
    """`sure` is where there is backdrop, `light` its smooth light, `off` what it differs from that, in stops."""

    sure: Mask = field(repr=False)
    light: Surface
    off: Floats = field(repr=False)
    foreign: Mask = field(repr=False)


def see_backdrop(plate: Plate, settings: StudioSettings) -> BackdropSeen:
    """Fits the light through the needed part and tells apart what is not backdrop there."""
    needed = plate.inside(settings.frame.needed)
    light = surface(plate.stops, needed)
    off = plate.stops - light.stops
    tint = plate.tint
    centre = np.median(tint[needed], axis=0)
    coloured = np.linalg.norm(tint - centre, axis=2) > settings.limit("edge_colour")
    foreign = needed & (coloured | _with_borders(off, np.abs(off) > settings.limit("edge")))
    foreign = cv2.morphologyEx(foreign.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    around = cv2.dilate(foreign.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return BackdropSeen(needed & ~around, light, np.asarray(off, np.float32), foreign)


def check_backdrop(plate: Plate, settings: StudioSettings) -> tuple[Finding, ...]:
    """What is wrong with the empty backdrop, what must be mended first at first."""
    seen = see_backdrop(plate, settings)
    needed = plate.inside(settings.frame.needed)
    if seen.foreign.sum() > _FULL * needed.sum() or seen.sure.sum() < _ALONE * needed.sum():
        return (Finding("studio.no_backdrop", box=settings.frame.needed),)
    return (
        *_things(seen.foreign, needed, settings.frame.needed),
        *_brightness(plate, seen, settings),
        *_light(seen, settings),
        *_colour(plate, seen, settings),
        *_shadow(seen, settings),
        *_folds(seen, settings),
    )


def backdrop_figures(plate: Plate, settings: StudioSettings) -> dict[str, float]:
    """The measured numbers behind the findings, in the units of the limits."""
    seen = see_backdrop(plate, settings)
    box = settings.frame.needed
    return {
        "evenness": seen.light.spread(plate.inside(box)),
        "left_over_right": seen.light.left_over_right(box),
        "top_over_bottom": seen.light.top_over_bottom(box),
        "shadow": float(-_smoothed(seen.off, seen.sure, _SOFT)[seen.sure].min(initial=0.0)),
        "folds": float(np.percentile(_stripes(seen)[0][seen.sure], 95)) if seen.sure.any() else 0.0,
        "luminance": float(np.median(plate.luminance[seen.sure])) if seen.sure.any() else 0.0,
        "foreign": float(seen.foreign.sum() / plate.inside(box).sum()),
    }


def _with_borders(off: Floats, out: Mask) -> Mask:
    """Those connected parts of `out` whose border is steep, as that of a thing is."""
    steep = np.hypot(cv2.Sobel(off, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(off, cv2.CV_32F, 0, 1, scale=1 / 8))
    count, labels = cv2.connectedComponents(out.astype(np.uint8))
    things = np.zeros_like(out)
    for label in range(1, count):
        part = labels == label
        border = part & ~(cv2.erode(part.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=(1,)) > 0)
        things |= part if float(np.median(steep[border])) > _STEEP else np.False_
    return things


def _things(foreign: Mask, needed: Mask, box: Box) -> list[Finding]:
    found = []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(foreign.astype(np.uint8))
    for label in range(1, count):
        share = stats[label, cv2.CC_STAT_AREA] / needed.sum()
        if share < _ALONE:
            continue
        where = _box(labels == label)
        side = _side_touched(where, box)
        key = f"studio.edge.{side}" if side else "studio.thing"
        found.append(Finding(key, {"percent": max(1, round(100 * share))}, where, side))
    return found


def _side_touched(where: Box, box: Box) -> str:
    """The side of the needed part along more than half of which something lies; "" where it lies inside."""
    near = 0.02
    tall, wide = (where[3] - where[1]) / (box[3] - box[1]), (where[2] - where[0]) / (box[2] - box[0])
    if tall > 0.5 and abs(where[0] - box[0]) < near:
        return "left"
    if tall > 0.5 and abs(where[2] - box[2]) < near:
        return "right"
    if wide > 0.5 and abs(where[1] - box[1]) < near:
        return "up"
    return "down" if wide > 0.5 and abs(where[3] - box[3]) < near else ""


def _brightness(plate: Plate, seen: BackdropSeen, settings: StudioSettings) -> list[Finding]:
    if float(np.median(plate.luminance[seen.sure])) < settings.limit("too_dark"):
        return [Finding("studio.backdrop.too_dark")]
    if float((plate.linear.max(axis=2)[seen.sure] > settings.limit("too_bright")).mean()) > _ALONE:
        return [Finding("studio.backdrop.too_bright")]
    return []


def _light(seen: BackdropSeen, settings: StudioSettings) -> list[Finding]:
    box, limit, lamp = settings.frame.needed, settings.limit("backdrop_sides"), settings.room.lamp_distance
    across, down = seen.light.left_over_right(box), seen.light.top_over_bottom(box)
    if abs(across) > limit and abs(across) >= abs(down):
        side = "right" if across > 0 else "left"
        values = {"percent": percent(across), "stops": round(abs(across), 1), "cm": nearer(across, lamp)}
        return [Finding(f"studio.backdrop.{side}_darker", values, _half(box, side), side)]
    if abs(down) > limit:
        side = "down" if down > 0 else "up"
        values = {"percent": percent(down), "stops": round(abs(down), 1)}
        return [Finding(f"studio.backdrop.{side}_darker", values, _half(box, side), side)]
    spread = seen.light.spread(_mask_of(seen, box))
    if spread > settings.limit("evenness"):
        return [Finding("studio.backdrop.hot_spot", {"percent": percent(spread), "stops": round(spread, 1)})]
    return []


def _colour(plate: Plate, seen: BackdropSeen, settings: StudioSettings) -> list[Finding]:
    found = []
    middle = np.median(plate.linear[seen.sure], axis=0)
    _, a, b = (float(value) for value in lab(middle.reshape(1, 1, 3))[0, 0])
    low_a, high_a = settings.skin.a
    low_b, high_b = settings.skin.b
    if low_a <= a <= high_a and low_b <= b <= high_b:
        found.append(Finding("studio.backdrop.like_skin"))
    left, right = (_tint_of(plate, seen.sure, settings.frame.needed, side) for side in ("left", "right"))
    apart = float(np.linalg.norm(left - right))
    if apart > settings.limit("mixed_light"):
        warmer = "left" if left[1] > right[1] else "right"
        where = _half(settings.frame.needed, warmer)
        found.append(Finding(f"studio.backdrop.{warmer}_warmer", {"difference": round(apart)}, where, warmer))
    return found


def _tint_of(plate: Plate, sure: Mask, box: Box, side: str) -> Floats:
    left, top, right, bottom = box
    third = (right - left) / 3
    part = (left, top, left + third, bottom) if side == "left" else (right - third, top, right, bottom)
    where = sure & plate.inside(part)
    return np.asarray(np.median(plate.tint[where if where.any() else sure], axis=0), np.float32)


def _shadow(seen: BackdropSeen, settings: StudioSettings) -> list[Finding]:
    smooth = _smoothed(seen.off, seen.sure, _SOFT)
    dark = seen.sure & (smooth < -settings.limit("shadow"))
    if dark.sum() < _ALONE * seen.sure.sum():
        return []
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8))
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    depth = float(-smooth[labels == largest].min())
    return [Finding("studio.backdrop.shadow", {"percent": percent(depth)}, _box(labels == largest))]


def _folds(seen: BackdropSeen, settings: StudioSettings) -> list[Finding]:
    strength, across, down = _stripes(seen)
    strong = float(np.percentile(strength[seen.sure], 95))
    if strong <= settings.limit("folds"):
        return []
    where = seen.sure & (strength > settings.limit("folds"))
    upright = float(across[where].sum()) > float(down[where].sum())
    key = "studio.backdrop.folds_upright" if upright else "studio.backdrop.folds_lying"
    return [Finding(key, {"percent": percent(strong)}, _box(where))]


def _stripes(seen: BackdropSeen) -> tuple[Floats, Floats, Floats]:
    """The strength of stripes around every pixel, stops (root mean square), and how steep they are across and down."""
    band = _smoothed(seen.off, seen.sure, _FINE) - _smoothed(seen.off, seen.sure, _BROAD)
    band = np.where(seen.sure, band, 0).astype(np.float32)
    strength = np.sqrt(np.maximum(_smoothed(band**2, seen.sure, _ROOM), 0))
    across, down = cv2.Sobel(band, cv2.CV_32F, 1, 0) ** 2, cv2.Sobel(band, cv2.CV_32F, 0, 1) ** 2
    return strength, np.asarray(across, np.float32), np.asarray(down, np.float32)


def _smoothed(values: Floats, sure: Mask, sigma: float) -> Floats:
    """The mean of the `sure` values around every pixel (normalised convolution)."""
    weight = sure.astype(np.float32)
    total = cv2.GaussianBlur(np.where(sure, values, 0).astype(np.float32), (0, 0), sigma)
    return np.asarray(total / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3), np.float32)


def _mask_of(seen: BackdropSeen, box: Box) -> Mask:
    return Plate(np.zeros((*seen.off.shape, 3), np.float32)).inside(box)


def _half(box: Box, side: str) -> Box:
    left, top, right, bottom = box
    across, down = (left + right) / 2, (top + bottom) / 2
    halves = {
        "left": (left, top, across, bottom),
        "right": (across, top, right, bottom),
        "up": (left, top, right, down),
        "down": (left, down, right, bottom),
    }
    return halves[side]


def _box(where: Mask) -> Box:
    rows, columns = np.nonzero(where)
    height, width = where.shape
    return (
        float(columns.min() / width),
        float(rows.min() / height),
        float((columns.max() + 1) / width),
        float((rows.max() + 1) / height),
    )
