"""Check the empty backdrop: its light, folds, shadows and colour, and whether it fills the frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.arrays import Floats, Mask
from config.opencv import cv2
from config.settings.studio import Box, StudioSettings
from config.srgb import linear_to_lab
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.illumination import Illumination, fit_illumination
from kiosk.guidance.studio.light_units import light_loss_percent, move_distance
from kiosk.guidance.studio.reference_image import ReferenceImage

_MIN_SHARE: Final = 0.01  # least reported share of the required part
_MAX_FOREIGN_SHARE: Final = 0.5  # above this share there is no backdrop
_MIN_BORDER_SLOPE: Final = 0.06  # stops per pixel: the border of an object; a shadow's is softer
_SHADOW_SIGMA_PX: Final = 10.0  # pixels: shadows are larger than this, folds are not
_FOLD_FINE_SIGMA_PX, _FOLD_COARSE_SIGMA_PX = 1.2, 8.0  # pixels: stripes between these sizes are folds
_STRENGTH_SIGMA_PX: Final = 14.0  # pixels over which the strength of folds is averaged


@dataclass(frozen=True, eq=False)
class BackdropAnalysis:
    """`is_backdrop` is the mask of the backdrop, `foreign` that of objects in front of it; `illumination` is the smooth
    light, `deviation` the difference of the picture from it in stops."""

    is_backdrop: Mask = field(repr=False)
    illumination: Illumination
    deviation: Floats = field(repr=False)
    foreign: Mask = field(repr=False)


def analyze_backdrop(image: ReferenceImage, settings: StudioSettings) -> BackdropAnalysis:
    """Fit the light in the required part and separate the backdrop from foreign objects."""
    needed = image.box_mask(settings.frame.portrait_area)
    light = fit_illumination(image.stops, needed)
    deviation = image.stops - light.stops
    tint = image.tint
    centre = np.median(tint[needed], axis=0)
    coloured = np.linalg.norm(tint - centre, axis=2) > settings.limit("edge_colour")
    foreign = needed & (coloured | _sharp_edged_regions(deviation, np.abs(deviation) > settings.limit("edge")))
    foreign = cv2.morphologyEx(foreign.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    around = cv2.dilate(foreign.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return BackdropAnalysis(needed & ~around, light, np.asarray(deviation, np.float32), foreign)


def check_backdrop(image: ReferenceImage, settings: StudioSettings) -> tuple[Finding, ...]:
    """Return the findings on the empty backdrop, in the order in which to correct them."""
    analysis = analyze_backdrop(image, settings)
    needed = image.box_mask(settings.frame.portrait_area)
    if (
        analysis.foreign.sum() > _MAX_FOREIGN_SHARE * needed.sum()
        or analysis.is_backdrop.sum() < _MIN_SHARE * needed.sum()
    ):
        return (Finding("studio.no_backdrop", box=settings.frame.portrait_area),)
    return (
        *_foreign_objects(analysis.foreign, needed, settings.frame.portrait_area),
        *_brightness(image, analysis, settings),
        *_illumination(analysis, settings),
        *_colour(image, analysis, settings),
        *_shadow(analysis, settings),
        *_folds(analysis, settings),
    )


def backdrop_figures(image: ReferenceImage, settings: StudioSettings) -> dict[str, float]:
    """Return the measured numbers behind the findings, in the units of the limits."""
    analysis, box = analyze_backdrop(image, settings), settings.frame.portrait_area
    light, backdrop = analysis.illumination, analysis.is_backdrop
    folds = _fold_strength(analysis)[0][backdrop]
    return {
        "evenness": light.spread(image.box_mask(box)),
        "left_over_right": light.left_over_right(box),
        "top_over_bottom": light.top_over_bottom(box),
        "shadow": float(-_masked_blur(analysis.deviation, backdrop, _SHADOW_SIGMA_PX)[backdrop].min(initial=0.0)),
        "folds": float(np.percentile(folds, 95)) if folds.size else 0.0,
        "luminance": float(np.median(image.luminance[backdrop])) if backdrop.any() else 0.0,
        "foreign": float(analysis.foreign.sum() / image.box_mask(box).sum()),
    }


def _sharp_edged_regions(deviation: Floats, mask: Mask) -> Mask:
    """Return the connected parts of `mask` with a steep border, like that of an object."""
    steep = np.hypot(
        cv2.Sobel(deviation, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(deviation, cv2.CV_32F, 0, 1, scale=1 / 8)
    )
    count, labels = cv2.connectedComponents(mask.astype(np.uint8))
    objects = np.zeros_like(mask)
    for label in range(1, count):
        part = labels == label
        border = part & ~(cv2.erode(part.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=(1,)) > 0)
        objects |= part if float(np.median(steep[border])) > _MIN_BORDER_SLOPE else np.False_
    return objects


def _foreign_objects(foreign: Mask, needed: Mask, box: Box) -> list[Finding]:
    findings = []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(foreign.astype(np.uint8))
    for label in range(1, count):
        share = stats[label, cv2.CC_STAT_AREA] / needed.sum()
        if share < _MIN_SHARE:
            continue
        where = _bounding_box(labels == label)
        side = _touched_side(where, box)
        key = f"studio.edge.{side}" if side else "studio.object"
        findings.append(Finding(key, {"percent": max(1, round(100 * share))}, where, side))
    return findings


def _touched_side(bounds: Box, box: Box) -> str:
    """Return the side of the required part that an object covers by more than half; "" if it is inside."""
    near = 0.02
    tall, wide = (bounds[3] - bounds[1]) / (box[3] - box[1]), (bounds[2] - bounds[0]) / (box[2] - box[0])
    if tall > 0.5 and abs(bounds[0] - box[0]) < near:
        return "left"
    if tall > 0.5 and abs(bounds[2] - box[2]) < near:
        return "right"
    if wide > 0.5 and abs(bounds[1] - box[1]) < near:
        return "up"
    return "down" if wide > 0.5 and abs(bounds[3] - box[3]) < near else ""


def _brightness(image: ReferenceImage, analysis: BackdropAnalysis, settings: StudioSettings) -> list[Finding]:
    if float(np.median(image.luminance[analysis.is_backdrop])) < settings.limit("too_dark"):
        return [Finding("studio.backdrop.too_dark")]
    if float((image.linear.max(axis=2)[analysis.is_backdrop] > settings.limit("too_bright")).mean()) > _MIN_SHARE:
        return [Finding("studio.backdrop.too_bright")]
    return []


def _illumination(analysis: BackdropAnalysis, settings: StudioSettings) -> list[Finding]:
    box, limit, lamp = settings.frame.portrait_area, settings.limit("backdrop_sides"), settings.room.lamp_distance
    across, down = analysis.illumination.left_over_right(box), analysis.illumination.top_over_bottom(box)
    if abs(across) > limit and abs(across) >= abs(down):
        side = "right" if across > 0 else "left"
        values = {
            "percent": light_loss_percent(across),
            "stops": round(abs(across), 1),
            "cm": move_distance(across, lamp),
        }
        return [Finding(f"studio.backdrop.{side}_darker", values, _half(box, side), side)]
    if abs(down) > limit:
        side = "down" if down > 0 else "up"
        values = {"percent": light_loss_percent(down), "stops": round(abs(down), 1)}
        return [Finding(f"studio.backdrop.{side}_darker", values, _half(box, side), side)]
    spread = analysis.illumination.spread(_box_mask(analysis, box))
    if spread > settings.limit("evenness"):
        return [Finding("studio.backdrop.hot_spot", {"percent": light_loss_percent(spread), "stops": round(spread, 1)})]
    return []


def _colour(image: ReferenceImage, analysis: BackdropAnalysis, settings: StudioSettings) -> list[Finding]:
    findings = []
    middle = np.median(image.linear[analysis.is_backdrop], axis=0)
    _, a, b = (float(value) for value in linear_to_lab(middle.reshape(1, 1, 3))[0, 0])
    low_a, high_a = settings.skin.a
    low_b, high_b = settings.skin.b
    if low_a <= a <= high_a and low_b <= b <= high_b:
        findings.append(Finding("studio.backdrop.like_skin"))
    left, right = (
        _median_tint(image, analysis.is_backdrop, settings.frame.portrait_area, side) for side in ("left", "right")
    )
    apart = float(np.linalg.norm(left - right))
    if apart > settings.limit("mixed_light"):
        warmer = "left" if left[1] > right[1] else "right"
        where = _half(settings.frame.portrait_area, warmer)
        findings.append(Finding(f"studio.backdrop.{warmer}_warmer", {"difference": round(apart)}, where, warmer))
    return findings


def _median_tint(image: ReferenceImage, is_backdrop: Mask, box: Box, side: str) -> Floats:
    left, top, right, bottom = box
    third = (right - left) / 3
    part = (left, top, left + third, bottom) if side == "left" else (right - third, top, right, bottom)
    where = is_backdrop & image.box_mask(part)
    return np.asarray(np.median(image.tint[where if where.any() else is_backdrop], axis=0), np.float32)


def _shadow(analysis: BackdropAnalysis, settings: StudioSettings) -> list[Finding]:
    smooth = _masked_blur(analysis.deviation, analysis.is_backdrop, _SHADOW_SIGMA_PX)
    dark = analysis.is_backdrop & (smooth < -settings.limit("shadow"))
    if dark.sum() < _MIN_SHARE * analysis.is_backdrop.sum():
        return []
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8))
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    depth = float(-smooth[labels == largest].min())
    return [Finding("studio.backdrop.shadow", {"percent": light_loss_percent(depth)}, _bounding_box(labels == largest))]


def _folds(analysis: BackdropAnalysis, settings: StudioSettings) -> list[Finding]:
    strength, across, down = _fold_strength(analysis)
    strong = float(np.percentile(strength[analysis.is_backdrop], 95))
    if strong <= settings.limit("folds"):
        return []
    where = analysis.is_backdrop & (strength > settings.limit("folds"))
    upright = float(across[where].sum()) > float(down[where].sum())
    key = "studio.backdrop.folds_upright" if upright else "studio.backdrop.folds_lying"
    return [Finding(key, {"percent": light_loss_percent(strong)}, _bounding_box(where))]


def _fold_strength(analysis: BackdropAnalysis) -> tuple[Floats, Floats, Floats]:
    """Return the strength of stripes around every pixel, stops (root mean square), and how steep they are across and
    down."""
    band = _masked_blur(analysis.deviation, analysis.is_backdrop, _FOLD_FINE_SIGMA_PX) - _masked_blur(
        analysis.deviation, analysis.is_backdrop, _FOLD_COARSE_SIGMA_PX
    )
    band = np.where(analysis.is_backdrop, band, 0).astype(np.float32)
    strength = np.sqrt(np.maximum(_masked_blur(band**2, analysis.is_backdrop, _STRENGTH_SIGMA_PX), 0))
    across, down = cv2.Sobel(band, cv2.CV_32F, 1, 0) ** 2, cv2.Sobel(band, cv2.CV_32F, 0, 1) ** 2
    return strength, np.asarray(across, np.float32), np.asarray(down, np.float32)


def _masked_blur(values: Floats, mask: Mask, sigma: float) -> Floats:
    """Return the mean of the values in `mask` around every pixel (normalised convolution)."""
    weight = mask.astype(np.float32)
    total = cv2.GaussianBlur(np.where(mask, values, 0).astype(np.float32), (0, 0), sigma)
    return np.asarray(total / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3), np.float32)


def _box_mask(analysis: BackdropAnalysis, box: Box) -> Mask:
    return ReferenceImage(np.zeros((*analysis.deviation.shape, 3), np.float32)).box_mask(box)


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


def _bounding_box(mask: Mask) -> Box:
    rows, columns = np.nonzero(mask)
    height, width = mask.shape
    return (
        float(columns.min() / width),
        float(rows.min() / height),
        float((columns.max() + 1) / width),
        float((rows.max() + 1) / height),
    )
