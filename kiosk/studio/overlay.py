"""The picture of a check: the frame with its light as a tint, and the findings with numbers and arrows."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from config.arrays import Floats, Pixels
from config.i18n import Translations
from config.opencv import cv2
from config.settings.studio import Box, StudioSettings
from kiosk.capture.report.fonts import Typeface, typeface_for
from kiosk.capture.report.page import wrap_text
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.reference_image import ReferenceImage
from kiosk.guidance.studio.setup_check import CheckKind, SetupCheckResult
from kiosk.studio.report import headline, sentence

FULL_TINT_STOPS: Final = 0.6
"""Difference in stops at which the tint is strongest."""
DARK_TINT: Final = (28, 78, 178)
BRIGHT_TINT: Final = (235, 140, 0)
_MAX_TINT_SHARE: Final = 0.72  # share of the tint at FULL_TINT_STOPS
_CONTOUR_STOPS: Final = 0.1  # stops between two lines of equal light
_BLUR_PX: Final = 3.0  # pixels of the reference image


def tint(picture: Pixels, reference: ReferenceImage, settings: StudioSettings) -> Pixels:
    """Return `picture`, uint8 (h, w, 3), with the tint in the part that portraits need, and lines of equal light."""
    height, width = picture.shape[:2]
    needed = reference.box_mask(settings.frame.portrait_area)
    smooth = cv2.GaussianBlur(reference.stops, (0, 0), _BLUR_PX)
    deviation = np.where(needed, smooth - float(np.median(smooth[needed])), 0).astype(np.float32)
    enlarged = np.asarray(cv2.resize(deviation, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    inside = cv2.resize(needed.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    share = np.clip(np.abs(enlarged) / FULL_TINT_STOPS, 0, 1)[..., None] * _MAX_TINT_SHARE * inside[..., None]
    shade = np.where(enlarged[..., None] < 0, np.array(DARK_TINT), np.array(BRIGHT_TINT))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None] * np.ones(3)
    plain = np.where(
        inside[..., None], 0.25 * picture + 0.75 * grey, picture
    )  # a blue tint is not visible on a blue backdrop
    mixed = plain * (1 - share) + shade * share
    mixed[_contour_lines(enlarged) & inside] = 0.86 * mixed[_contour_lines(enlarged) & inside]
    return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)


def _contour_lines(stops: Floats) -> np.ndarray:
    """Return a mask of the lines of equal light, two pixels wide; none passes through the median."""
    band = np.rint(stops / _CONTOUR_STOPS)
    lines = np.zeros(stops.shape, np.bool_)
    lines[:, 1:] |= band[:, 1:] != band[:, :-1]
    lines[1:] |= band[1:] != band[:-1]
    return lines


def tint_scale(width: int, height: int) -> Pixels:
    """Draw the scale of the tint from -FULL_TINT_STOPS to FULL_TINT_STOPS, on light grey."""
    deviation = np.linspace(-1, 1, width)
    share = np.abs(deviation)[:, None] * _MAX_TINT_SHARE
    bar = 214 * (1 - share) + np.where(deviation[:, None] < 0, np.array(DARK_TINT), np.array(BRIGHT_TINT)) * share
    return np.repeat(np.rint(bar).astype(np.uint8)[None], height, axis=0)


WIDTH_PX: Final = 1280
_MARGIN_PX: Final = 44
_BODY_PX, _SMALL_PX, _TITLE_PX = 26, 20, 38
_LINE_SPACING: Final = 1.45
_INK, _SOFT, _PAPER = (28, 43, 42), (91, 107, 105), (250, 248, 244)
_ACCENT, _WARNING, _NOTE = (23, 112, 94), (190, 62, 40), (120, 128, 138)
_SUPERSAMPLING: Final = 3  # drawn larger by this factor and reduced, because Pillow draws no smooth edges
_ARROWS: Final = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def mark_findings(frame: Pixels, result: SetupCheckResult, settings: StudioSettings, words: Translations) -> Pixels:
    """Draw `frame` at WIDTH_PX with the light of an empty backdrop as a tint, the part that portraits need, and the
    findings."""
    height = round(frame.shape[0] * WIDTH_PX / frame.shape[1])
    picture = np.asarray(cv2.resize(frame, (WIDTH_PX, height), interpolation=cv2.INTER_AREA), np.uint8)
    if result.check.kind is CheckKind.EMPTY:
        picture = tint(picture, result.image, settings)
    layer = Image.new("RGBA", (WIDTH_PX * _SUPERSAMPLING, height * _SUPERSAMPLING))
    draw = ImageDraw.Draw(layer)
    _draw_frame(draw, settings.frame.portrait_area, (WIDTH_PX, height))
    typeface = typeface_for(words.language)
    for number, finding in enumerate(result.check.findings, 1):
        _draw_marker(draw, number, finding, (WIDTH_PX, height), settings, typeface)
    image = Image.fromarray(picture).convert("RGBA")
    image.alpha_composite(layer.resize((WIDTH_PX, height), Image.Resampling.LANCZOS))
    left, _, _, bottom = _to_pixels(settings.frame.portrait_area, (WIDTH_PX, height))
    at, label = (left + 12, bottom - 12), words.translate("studio.frame")
    ImageDraw.Draw(image).text(
        at, label, font=typeface.font(_SMALL_PX), fill="white", anchor="ls", stroke_width=1, stroke_fill=_SOFT
    )
    return np.asarray(image.convert("RGB"))


def render_overlay(
    frame: Pixels, result: SetupCheckResult, settings: StudioSettings, words: Translations
) -> Image.Image:
    """Draw the marked picture with the sentences below it, in the language of `words`."""
    picture = Image.fromarray(mark_findings(frame, result, settings, words))
    typeface = typeface_for(words.language)
    blocks = [
        (number, finding, wrap_text(typeface, sentence(finding, words), _BODY_PX, WIDTH_PX - 2 * _MARGIN_PX - 64))
        for number, finding in enumerate(result.check.findings, 1)
    ]
    lines = sum(len(block) for _, _, block in blocks) or 1
    panel = 3 * _MARGIN_PX + _TITLE_PX + round(lines * _BODY_PX * _LINE_SPACING) + 18 * len(blocks)
    sheet = Image.new("RGB", (WIDTH_PX, picture.height + panel), _PAPER)
    sheet.paste(picture, (0, 0))
    draw = ImageDraw.Draw(sheet)
    y = float(picture.height + _MARGIN_PX + _TITLE_PX)
    draw.text(
        (_MARGIN_PX, y), headline(result.check, words), font=typeface.font(_TITLE_PX, True), fill=_INK, anchor="ls"
    )
    if result.check.kind is CheckKind.EMPTY:
        _draw_legend(sheet, draw, typeface, words, picture.height + _MARGIN_PX)
    y += 30
    for number, finding, block in blocks:
        y = _draw_finding(draw, typeface, (number, finding), block, y)
    if not blocks:
        draw.text(
            (_MARGIN_PX, y + _BODY_PX),
            words.translate("studio.all_good"),
            font=typeface.font(_BODY_PX),
            fill=_ACCENT,
            anchor="ls",
        )
    return sheet


def _draw_finding(
    draw: ImageDraw.ImageDraw, typeface: Typeface, numbered_finding: tuple[int, Finding], block: list[str], y: float
) -> float:
    number, finding = numbered_finding
    y += 18
    middle = (_MARGIN_PX + 20, y + _BODY_PX * 0.62)
    draw.ellipse((middle[0] - 20, middle[1] - 20, middle[0] + 20, middle[1] + 20), fill=_colour(finding))
    draw.text(middle, str(number), font=typeface.font(_SMALL_PX + 2, True), fill="white", anchor="mm")
    for line in block:
        draw.text((_MARGIN_PX + 64, y + _BODY_PX), line, font=typeface.font(_BODY_PX), fill=_INK, anchor="ls")
        y += _BODY_PX * _LINE_SPACING
    return y


def _draw_legend(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, typeface: Typeface, words: Translations, top: float
) -> None:
    width, height = 300, 16
    left = WIDTH_PX - _MARGIN_PX - width
    sheet.paste(Image.fromarray(tint_scale(width, height)), (left, round(top)))
    small = typeface.font(_SMALL_PX - 2)
    for share, text in ((0.0, f"-{FULL_TINT_STOPS:g}"), (0.5, "0"), (1.0, f"+{FULL_TINT_STOPS:g}")):
        draw.text((left + share * width, top + height + 20), text, font=small, fill=_SOFT, anchor="ms")
    draw.text((left + width, top - 8), words.translate("studio.scale"), font=small, fill=_SOFT, anchor="rs")


def _draw_frame(draw: ImageDraw.ImageDraw, box: Box, size: tuple[int, int]) -> None:
    """Draw the part that portraits need as corners and a thin line."""
    left, top, right, bottom = (value * _SUPERSAMPLING for value in _to_pixels(box, size))
    draw.rectangle((left, top, right, bottom), outline=(255, 255, 255, 150), width=2 * _SUPERSAMPLING)
    arm = 46 * _SUPERSAMPLING
    for x, y in ((left, top), (right, top), (left, bottom), (right, bottom)):
        across, down = arm if x == left else -arm, arm if y == top else -arm
        draw.line(
            (x + across, y, x, y, x, y + down), fill=(255, 255, 255, 235), width=6 * _SUPERSAMPLING, joint="curve"
        )


def _draw_marker(
    draw: ImageDraw.ImageDraw,
    number: int,
    finding: Finding,
    size: tuple[int, int],
    settings: StudioSettings,
    typeface: Typeface,
) -> None:
    """Draw a number in a disc at the finding, and an arrow to the side where something has to be changed."""
    if finding.note:
        return
    box = finding.box or settings.frame.portrait_area
    left, top, right, bottom = (value * _SUPERSAMPLING for value in _to_pixels(box, size))
    if finding.box is not None:
        draw.rounded_rectangle(
            (left, top, right, bottom), 14 * _SUPERSAMPLING, outline=(*_WARNING, 190), width=3 * _SUPERSAMPLING
        )
    x, y = (left + right) / 2, (top + bottom) / 2 + (number - 1) * 64 * _SUPERSAMPLING
    if finding.arrow:
        _draw_arrow(draw, (x, y), _ARROWS[finding.arrow])
    disc = 26 * _SUPERSAMPLING
    draw.ellipse(
        (x - disc, y - disc, x + disc, y + disc), fill=(*_WARNING, 255), outline="white", width=3 * _SUPERSAMPLING
    )
    draw.text((x, y), str(number), font=typeface.font(28 * _SUPERSAMPLING, True), fill="white", anchor="mm")


def _draw_arrow(draw: ImageDraw.ImageDraw, at: tuple[float, float], direction: tuple[int, int]) -> None:
    """Draw an arrow from the disc outwards, with a white edge that is visible on any backdrop."""
    ahead, aside = np.array(direction, float), np.array((-direction[1], direction[0]), float)
    for colour, more in (((255, 255, 255, 255), 4 * _SUPERSAMPLING), ((*_WARNING, 255), 0)):
        tip = np.array(at) + ahead * (150 * _SUPERSAMPLING + 1.6 * more)
        neck = tip - ahead * (46 * _SUPERSAMPLING + 2.4 * more)
        wing, stem = aside * (30 * _SUPERSAMPLING + 1.4 * more), aside * (9 * _SUPERSAMPLING + more)
        back = np.array(at)
        corners = (back + stem, neck + stem, neck + wing, tip, neck - wing, neck - stem, back - stem)
        draw.polygon([(float(x), float(y)) for x, y in corners], fill=colour)


def _to_pixels(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = size
    return round(box[0] * width), round(box[1] * height), round(box[2] * width), round(box[3] * height)


def _colour(finding: Finding) -> tuple[int, int, int]:
    return _NOTE if finding.note else _WARNING
