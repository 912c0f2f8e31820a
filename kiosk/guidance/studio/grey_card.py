"""A grey or white card in front of the face: find it as a smooth neutral rectangle, and measure its light."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from config.arrays import Floats, Mask
from config.opencv import cv2
from config.settings.studio import Box, StudioSettings
from config.srgb import LUMINANCE_WEIGHTS, linear_to_lab
from kiosk.guidance.studio.finding import Finding, Value
from kiosk.guidance.studio.illumination import fit_illumination
from kiosk.guidance.studio.light_units import (
    light_loss_percent,
    suggested_kelvin,
    weaker_lamp_finding,
    white_balance_gains,
)
from kiosk.guidance.studio.reference_image import ReferenceImage

CardKind = Literal["grey", "white"]
_SEEDS_PER_AXIS: Final = 7  # per direction, over the part of the frame in which a card is held
_MAX_STEP_LAB: Final = 3  # CIELAB units (L* in per cent) from one pixel of the card to the next
_MIN_FILL: Final = 0.88  # share of its rectangle that a card fills; an ellipse such as a face fills 0.79
_MAX_ASPECT: Final = 2.2  # times as long as wide
_MARGIN_PX: Final = 3  # pixels cut off the edge: fingers, and the blur of the picture


@dataclass(frozen=True, eq=False)
class DetectedCard:
    """`mask` is the card without its edge, `linear` its mean colour in linear light, `box` its position."""

    mask: Mask = field(repr=False)
    linear: Floats
    box: Box


def find_card(image: ReferenceImage, settings: StudioSettings) -> DetectedCard | None:
    """Return the largest card in the part of the frame where one is held, or None."""
    tones = linear_to_lab(image.linear)
    height, width = tones.shape[:2]
    left, top, right, bottom = settings.frame.card_area
    tried = np.zeros((height, width), np.bool_)
    best: Mask | None = None
    for y in np.linspace(top, bottom, _SEEDS_PER_AXIS) * height:
        for x in np.linspace(left, right, _SEEDS_PER_AXIS) * width:
            seed = (int(x), int(y))
            if tried[seed[1], seed[0]]:
                continue
            part = _flood_fill(tones, seed)
            tried |= part
            if _is_card(part, image, tones, settings) and (best is None or part.sum() > best.sum()):
                best = part
    return _describe(best, image) if best is not None else None


def check_card(
    image: ReferenceImage, card: DetectedCard, kind: CardKind, settings: StudioSettings
) -> tuple[Finding, ...]:
    """Return the findings on exposure, white balance, and the light from left and right, above and below."""
    return (
        *_exposure(card, kind, settings),
        *_white_balance(card, settings),
        *_side_differences(image, card, settings),
    )


def card_figures(
    image: ReferenceImage, card: DetectedCard, kind: CardKind, settings: StudioSettings
) -> dict[str, float]:
    """Return the measured numbers: exposure error in stops, CIELAB a*, b*, gains for red and blue, sides in stops."""
    red, blue = white_balance_gains(card.linear)
    _, a, b = _lab_at_grey(card.linear)
    across, down = _gradients(image, card)
    return {
        "exposure": _exposure_error(card, kind, settings),
        "a": a,
        "b": b,
        "gain_red": red,
        "gain_blue": blue,
        "left_over_right": across,
        "top_over_bottom": down,
    }


def _flood_fill(tones: Floats, seed: tuple[int, int]) -> Mask:
    """Return the pixels around `seed` that no edge separates from it."""
    height, width = tones.shape[:2]
    mask = np.zeros((height + 2, width + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
    cv2.floodFill(tones.copy(), mask, seed, (0, 0, 0), (_MAX_STEP_LAB,) * 3, (_MAX_STEP_LAB,) * 3, flags)
    part = cv2.morphologyEx(mask[1:-1, 1:-1], cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.asarray(part > 0)


def _is_card(part: Mask, image: ReferenceImage, tones: Floats, settings: StudioSettings) -> bool:
    limits = settings.card
    if part[0].any() or part[-1].any() or part[:, 0].any() or part[:, -1].any():
        return False  # continues outside the frame: a backdrop
    points = cv2.findNonZero(part.astype(np.uint8))
    (_, sides, _) = cv2.minAreaRect(points)
    short, long = min(sides) + 1, max(sides) + 1
    if short < limits.min_side * part.shape[1] or long > _MAX_ASPECT * short or part.sum() < _MIN_FILL * short * long:
        return False
    core = _erode_edge(part)
    if core.sum() < 30:
        return False
    _, a, b = np.median(tones[core], axis=0)
    plain = fit_illumination(image.stops, core, order=1)
    rough = float(np.percentile(np.abs(image.stops - plain.stops)[core], 80))
    spread = float(np.ptp(plain.stops[core]))
    return float(np.hypot(a, b)) < limits.max_chroma and rough < limits.max_grain and spread < 3 * limits.max_unevenness


def _erode_edge(part: Mask) -> Mask:
    side = 2 * _MARGIN_PX + 1
    return np.asarray(cv2.erode(part.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)


def _describe(part: Mask, image: ReferenceImage) -> DetectedCard:
    core = _erode_edge(part)
    rows, columns = np.nonzero(part)
    height, width = part.shape
    box = (columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height)
    linear = np.asarray(image.linear[core].mean(axis=0), np.float32)
    return DetectedCard(core, linear, (float(box[0]), float(box[1]), float(box[2]), float(box[3])))


def _lab_at_grey(linear: Floats) -> tuple[float, float, float]:
    """Return CIELAB of the colour at the lightness of a correctly exposed grey card, independent of exposure."""
    level = linear * (0.18 / max(1e-4, float(linear @ LUMINANCE_WEIGHTS)))
    lightness, a, b = linear_to_lab(np.asarray(level, np.float32).reshape(1, 1, 3))[0, 0]
    return float(lightness), float(a), float(b)


def _exposure_error(card: DetectedCard, kind: CardKind, settings: StudioSettings) -> float:
    target = settings.card.grey if kind == "grey" else settings.card.white
    luminance = float(card.linear @ LUMINANCE_WEIGHTS)
    return float(np.log2(max(luminance, 1e-4) / target))


def _exposure(card: DetectedCard, kind: CardKind, settings: StudioSettings) -> list[Finding]:
    off = _exposure_error(card, kind, settings)
    if abs(off) <= settings.limit("exposure"):
        return []
    values = {"stops": round(abs(off), 1), "percent": light_loss_percent(off)}
    return [Finding("studio.card.too_bright" if off > 0 else "studio.card.too_dark", values, card.box)]


def _white_balance(card: DetectedCard, settings: StudioSettings) -> list[Finding]:
    _, a, b = _lab_at_grey(card.linear)
    if np.hypot(a, b) <= settings.limit("white_balance"):
        return []
    red, blue = white_balance_gains(card.linear)
    kelvin = suggested_kelvin(card.linear, settings.room.kelvin)
    values: dict[str, Value] = {"kelvin": kelvin, "red": f"{red:.2f}", "blue": f"{blue:.2f}"}
    if abs(b) >= abs(a):
        return [Finding("studio.card.too_warm" if b > 0 else "studio.card.too_cool", values, card.box)]
    return [Finding("studio.card.too_magenta" if a > 0 else "studio.card.too_green", values, card.box)]


def _gradients(image: ReferenceImage, card: DetectedCard) -> tuple[float, float]:
    """Return by how many stops the left edge of the card is brighter than the right, and the top than the bottom."""
    plain = fit_illumination(image.stops, card.mask, order=1).stops
    left, top, right, bottom = card.box
    height, width = plain.shape
    middle, centre = int((top + bottom) / 2 * height), int((left + right) / 2 * width)
    across = plain[middle, int(left * width)] - plain[middle, min(width, int(right * width)) - 1]
    down = plain[int(top * height), centre] - plain[min(height, int(bottom * height)) - 1, centre]
    return float(across), float(down)


def _side_differences(image: ReferenceImage, card: DetectedCard, settings: StudioSettings) -> list[Finding]:
    across, down = _gradients(image, card)
    limit = settings.limit("card_sides")
    findings = []
    if abs(across) > limit:
        side = "right" if across > 0 else "left"
        findings.append(weaker_lamp_finding(across, side, settings.room.lamp_distance, card.box))
    if abs(down) > limit:
        side = "down" if down > 0 else "up"
        findings.append(Finding(f"studio.lamp.{side}_weaker", {"percent": light_loss_percent(down)}, card.box, side))
    return findings
