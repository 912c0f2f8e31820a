"""The paper receipt of a student, with the QR code of the portrait's progress page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import qrcode
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_M

from config.i18n import Message, translations
from config.text_normalization import is_ideograph_of_later_unicode
from hardware.printers.api import Page
from kiosk.capture.report.fonts import Font, Typeface, typeface_for
from kiosk.visit.sitter import Sitter

_INK: Final = 0
_PAPER: Final = 255
_QUIET_ZONE_MODULES: Final = 4  # modules of quiet zone, ISO/IEC 18004
_FIRST_CJK: Final = "\u2e80"  # from here on Unicode has scripts that are written without spaces
_CLOSING_PUNCTUATION: Final = "。，、；：？！）」』”’》〉】…·.,;:?!)%"
_TEXT_SHARE: Final = 0.92  # cheap paper moves a little sideways
_CODE_SHARE: Final = 0.72  # of the width: some 50 mm on 80 mm paper, read by a phone from an arm's length


@dataclass(frozen=True)
class ReceiptText:
    """The station on the receipt, and the time. `simulated`: no camera took the photo; the receipt states this.
    `payments`: lines about the amounts paid at this visit for each enrolment, and the amount still to pay."""

    school: str
    station: str
    at: datetime
    language: str
    simulated: bool = False
    payments: tuple[Message, ...] = ()


class ReceiptCanvas:
    """Draws from top to bottom; the paper ends where the drawing ends."""

    def __init__(self, width: int, typeface: Typeface) -> None:
        self._width = width
        self._unit = width / 24  # a line of 24 Chinese characters at the smallest size
        self._typeface = typeface
        self._picture = Image.new("L", (width, width * 2), _PAPER)
        self._draw = ImageDraw.Draw(self._picture)
        self._y = 0.0

    def _ensure_height(self, height: float) -> None:
        """Make the strip longer if less than `height` is left."""
        missing = round(self._y + height) + 1 - self._picture.height
        if missing > 0:
            longer = Image.new("L", (self._width, self._picture.height + missing + self._width), _PAPER)
            longer.paste(self._picture)
            self._picture, self._draw = longer, ImageDraw.Draw(longer)

    def add_space(self, units: float) -> None:
        self._y += units * self._unit

    def draw_line(self) -> None:
        self._ensure_height(self._unit)
        y = round(self._y)
        self._draw.line((0, y, self._width, y), fill=_INK, width=max(1, round(self._unit / 12)))

    def write_text(self, text: str, size: float, bold: bool = False) -> None:
        font = self._typeface.font(round(size * self._unit), bold)
        for row in _wrap(self._typeface.replace_missing_glyphs(_one_line(text)), font, self._width * _TEXT_SHARE):
            self._ensure_height(size * self._unit * 2)
            self._draw.text((self._width / 2, self._y), row, fill=_INK, font=font, anchor="ma")
            self._y += size * self._unit * 1.4

    def draw_qr_code(self, text: str) -> None:
        qr = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=_QUIET_ZONE_MODULES)
        qr.add_data(text)
        qr.make(fit=True)
        modules = qr.get_matrix()
        step = max(1, int(self._width * _CODE_SHARE) // len(modules))
        self._ensure_height(step * len(modules))
        left, top = (self._width - step * len(modules)) // 2, round(self._y)
        for y, row in enumerate(modules):
            for x, dark in enumerate(row):
                if dark:
                    at = (left + x * step, top + y * step)
                    self._draw.rectangle((*at, at[0] + step - 1, at[1] + step - 1), fill=_INK)
        self._y = top + step * len(modules)

    def to_image(self) -> Image.Image:
        self._ensure_height(0)
        return self._picture.crop((0, 0, self._width, round(self._y))).point(lambda level: 255 * (level > 127))


def _one_line(text: str) -> str:
    """Remove line ends, tabs and control characters, which a settings file may contain but no font can draw."""
    return "".join(one for one in " ".join(text.split()) if one.isprintable() or is_ideograph_of_later_unicode(one))


def _wrap(text: str, font: Font, width: float) -> list[str]:
    """Break the text into rows no wider than `width`, between its `_unbreakable_parts`. A closing mark does not begin a
    row: the character before it moves to that row too (GB/T 15834-2011, 5.1.1)."""
    rows: list[str] = []
    row = ""
    for piece in _unbreakable_parts(text, font, width):
        if row.strip() and font.getlength((row + piece).rstrip()) > width:
            full_row, rest = _break_row(row.rstrip(), piece)
            rows.append(full_row.strip())
            row = rest
        row += piece
    return [*rows, row.strip()] if row.strip() else rows


def _break_row(row: str, piece: str) -> tuple[str, str]:
    """Return the part that stays in a full row, and the part that moves to the next row before `piece`."""
    at = len(row)
    while at > 1 and (row[at:] + piece)[0] in _CLOSING_PUNCTUATION:
        at -= 1
    return (row[:at], row[at:]) if at > 1 else (row, "")


def _unbreakable_parts(text: str, font: Font, width: float) -> Iterator[str]:
    """Yield each word with the space after it; Chinese and words wider than the paper character by character."""
    for word in text.split(" "):
        if any(character >= _FIRST_CJK for character in word) or font.getlength(word) > width:
            yield from word
            yield " "
        else:
            yield f"{word} "


def render_receipt(sitter: Sitter, text: ReceiptText, dots: int) -> Page:
    """Draw the receipt, `dots` wide. Raises Problem (sheet.no_font) if this computer has no font for it.

    It contains the masked name and the address of the progress page, which is secret.
    """
    tr = translations(text.language)
    strip = ReceiptCanvas(dots, typeface_for(text.language))
    strip.add_space(0.6)
    if text.simulated:
        strip.write_text(tr.translate("receipt.simulated"), 1.1, bold=True)
    strip.write_text(text.school or tr.translate("receipt.title"), 1.7, bold=True)
    if text.school:
        strip.write_text(tr.translate("receipt.title"), 1.1)
    strip.add_space(0.5)
    strip.draw_line()
    strip.add_space(0.6)
    strip.write_text(sitter.name, 2.0, bold=True)
    strip.write_text(f"{text.at:%Y-%m-%d %H:%M} · {text.station}", 1.0)
    strip.add_space(0.3)
    if sitter.progress_url:
        strip.draw_qr_code(sitter.progress_url)
        strip.write_text(tr.translate("receipt.scan"), 1.1)
    for line in text.payments:
        strip.add_space(0.3)
        strip.write_text(tr.translate(line.key, **line.values), 1.1, bold=True)
    strip.add_space(0.3)
    strip.write_text(tr.translate("receipt.next"), 1.0)
    strip.add_space(0.4)
    strip.draw_line()
    strip.add_space(0.4)
    strip.write_text(tr.translate("receipt.keep"), 0.9)
    strip.add_space(1.2)
    return Page(f"receipt-{text.at:%H%M%S}", strip.to_image())


def render_test_page(text: ReceiptText, dots: int) -> Page:
    """Draw a test page: as wide as a receipt, with letters and rules of its sizes, without a student.

    Raises Problem (sheet.no_font).
    """
    tr = translations(text.language)
    strip = ReceiptCanvas(dots, typeface_for(text.language))
    strip.draw_line()
    strip.add_space(0.6)
    strip.write_text(tr.translate("receipt.test_page"), 1.7, bold=True)
    strip.write_text(f"{text.at:%Y-%m-%d %H:%M} · {text.station}", 1.0)
    strip.add_space(0.4)
    strip.write_text(tr.translate("receipt.test_page_check", dots=dots), 1.0)
    strip.add_space(0.6)
    strip.draw_line()
    strip.add_space(1.2)
    return Page(f"try-out-{text.at:%H%M%S}", strip.to_image())
