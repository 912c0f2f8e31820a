"""The picture of a comparison: the engine's own portrait, the retouched one with numbered boxes, and a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from config.arrays import Pixels
from config.i18n import Translations
from config.opencv import cv2
from kiosk.capture.image_io.decode import decode
from kiosk.capture.report.fonts import Font, typeface_for
from kiosk.capture.retouch.findings import Finding
from kiosk.capture.retouch.guard import Comparison
from kiosk.guidance.verdict import Outcome

_PANEL_HEIGHT_PX: Final = 640  # height of each portrait
_MARGIN_PX: Final = 32
_GAP_PX: Final = 12
_INK, _FAINT, _PAPER = (32, 36, 44), (112, 118, 128), (250, 250, 248)
_COLOURS: Final = {Outcome.PASS: (22, 128, 84), Outcome.UNSURE: (196, 126, 8), Outcome.FAIL: (190, 38, 44)}
MAX_FINDINGS: Final = 8  # findings in a picture


def comparison_picture(
    own: bytes, retouched: bytes, comparison: Comparison, verdict: str, sentences: Sequence[str], tr: Translations
) -> Image.Image:
    """Draw three panels under the `verdict`, and the `sentences` of the findings below, by number."""
    face = typeface_for(tr.language)
    panels = comparison_panels(own, retouched, comparison, face.font(18, bold=True))
    width = sum(panel.width for panel in panels) + _MARGIN_PX * (len(panels) + 1)
    text, small = face.font(20), face.font(16)
    wrapped = [_wrap(sentence, text, width - 2 * _MARGIN_PX - 40) for sentence in sentences[:MAX_FINDINGS]]
    height = 150 + _PANEL_HEIGHT_PX + sum(30 * len(lines) + 10 for lines in wrapped) + _MARGIN_PX
    page = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, width, 62), fill=_COLOURS[comparison.verdict])
    draw.text((_MARGIN_PX, 31), verdict, font=face.font(24, bold=True), fill="white", anchor="lm")
    left = _MARGIN_PX
    for panel, name in zip(panels, ("own", "retouched", "map"), strict=True):
        draw.text((left, 90), tr.translate(f"compare.panel.{name}"), font=small, fill=_FAINT, anchor="lm")
        page.paste(panel, (left, 108))
        left += panel.width + _MARGIN_PX
    _draw_list(draw, wrapped, comparison.findings, 108 + _PANEL_HEIGHT_PX + 24, text, face.font(16, bold=True))
    return page


def comparison_panels(own: bytes, retouched: bytes, comparison: Comparison, number: Font) -> list[Image.Image]:
    """Return the own portrait, the retouched one and a map of the changes, of equal height and with numbered
    findings."""
    theirs = decode(retouched).pixels
    scale = _PANEL_HEIGHT_PX / theirs.shape[0]
    panels = [
        _resize_to_height(decode(own).pixels, _PANEL_HEIGHT_PX),
        _resize_to_height(theirs, _PANEL_HEIGHT_PX),
        _resize_to_height(_heat_map(theirs, comparison.map), _PANEL_HEIGHT_PX),
    ]
    for panel in panels[1:]:
        _draw_boxes(panel, comparison.findings[:MAX_FINDINGS], scale, number)
    return panels


def difference_picture(own: bytes, retouched: bytes, comparison: Comparison) -> Image.Image:
    """Return the three panels side by side, without words, for a page that adds them in its own language. A server may
    have no fonts, so the numbers use Pillow's font."""
    panels = comparison_panels(own, retouched, comparison, cast(Font, ImageFont.load_default(18)))
    page = Image.new("RGB", (sum(panel.width + _GAP_PX for panel in panels) - _GAP_PX, _PANEL_HEIGHT_PX), "white")
    left = 0
    for panel in panels:
        page.paste(panel, (left, 0))
        left += panel.width + _GAP_PX
    return page


def _heat_map(pixels: Pixels, heat: np.ndarray) -> Pixels:
    """Return the picture in faint grey, coloured from amber (review) to red (changed) where it differs."""
    grey = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    faint = 110 + 0.55 * grey.astype(np.float32)
    turn = np.clip(heat - 1, 0, 1)[..., None]
    colour = (1 - turn) * np.array([255.0, 190, 40]) + turn * np.array([214.0, 30, 40])
    cover = np.clip((heat - 0.5) / 0.8, 0, 0.85)[..., None]
    return np.asarray(np.clip(faint * (1 - cover) + colour * cover, 0, 255), np.uint8)


def _resize_to_height(pixels: Pixels, height: int) -> Image.Image:
    image = Image.fromarray(pixels)
    width = round(image.width * height / image.height)
    return image if image.height == height else image.resize((width, height), Image.Resampling.LANCZOS)


def _draw_boxes(panel: Image.Image, findings: Sequence[Finding], scale: float, font: Font) -> None:
    draw = ImageDraw.Draw(panel)
    positions: list[tuple[int, int]] = []
    for number, finding in enumerate(findings, 1):
        left, top, right, bottom = (round(edge * scale) for edge in finding.box)
        colour = _COLOURS[finding.outcome]
        draw.rounded_rectangle((left - 3, top - 3, right + 2, bottom + 2), 5, outline=colour, width=3)
        x, y = min(max(left, 14), panel.width - 14), max(top - 3, 14)
        while any(abs(x - a) < 28 and abs(y - b) < 28 for a, b in positions):
            x = x + 28 if x + 42 < panel.width else x
            y = y if x + 42 < panel.width else y + 28
        positions.append((x, y))
        draw.ellipse((x - 13, y - 13, x + 13, y + 13), fill=colour)
        draw.text((x, y), str(number), font=font, fill="white", anchor="mm")


def _draw_list(
    draw: ImageDraw.ImageDraw,
    wrapped: Sequence[Sequence[str]],
    findings: Sequence[Finding],
    top: int,
    text: Font,
    number: Font,
) -> None:
    for at, (lines, finding) in enumerate(zip(wrapped, findings, strict=False), 1):
        draw.ellipse((_MARGIN_PX, top, _MARGIN_PX + 26, top + 26), fill=_COLOURS[finding.outcome])
        draw.text((_MARGIN_PX + 13, top + 13), str(at), font=number, fill="white", anchor="mm")
        for line in lines:
            draw.text((_MARGIN_PX + 40, top + 13), line, font=text, fill=_INK, anchor="lm")
            top += 30
        top += 10


def _wrap(sentence: str, font: Font, width: float) -> list[str]:
    """Wrap between words, or anywhere if there are none (Chinese)."""
    pieces = sentence.split(" ") if " " in sentence.strip() else list(sentence)
    joint, lines = (" " if " " in sentence.strip() else ""), [""]
    for piece in pieces:
        longer = lines[-1] + (joint if lines[-1] else "") + piece
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines
