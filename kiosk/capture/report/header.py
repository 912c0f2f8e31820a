"""The parts of every page of a sheet: the header with the summary, headings, and the footer."""

from __future__ import annotations

from datetime import date
from typing import Final

from config.i18n import Translations
from config.standards.registry import PhotoStandard
from kiosk.capture.report.page import (
    ACCENT,
    BOTTOM,
    HAIRLINE,
    HEADING,
    LEFT,
    MUTED,
    RIGHT,
    SMALL,
    TITLE,
    TOP,
    Page,
    wrap_text,
)
from kiosk.capture.verification.summary import Summary
from kiosk.guidance.verdict import Outcome

HEADER_BOTTOM_PX: Final = 372  # px: end of a page's header
SUMMARY_OUTCOMES: Final = {Summary.RIGHT: Outcome.PASS, Summary.WRONG: Outcome.FAIL, Summary.UNSURE: Outcome.UNSURE}


def draw_header(
    page: Page, standard: PhotoStandard, translations: Translations, outcome: Outcome, title: str, detail: str
) -> None:
    """Draw the header: title and standard; the summary and its details."""
    sheet_title = translations.translate("sheet.title")
    page.text((LEFT, TOP + 6), sheet_title, SMALL + 4, bold=True, fill=ACCENT)
    room = RIGHT - LEFT - page.width_of(sheet_title, SMALL + 4, True) - 80
    name = f"{standard.name} {standard.version}"
    # A Chinese title needs a typeface with Chinese characters.
    has_glyphs = all(page.typeface.has_glyph(character) for character in standard.title)
    line = wrap_text(page.typeface, f"{standard.title}   {name}" if has_glyphs else name, SMALL, room)[0]
    page.text((RIGHT, TOP + 6), line, SMALL, fill=MUTED, anchor="rs")
    page.rule((LEFT, TOP + 28), RIGHT - LEFT, ACCENT, 4)
    page.symbol((LEFT + 44, TOP + 116), outcome, 88)
    page.text((LEFT + 118, TOP + 150), title, TITLE, bold=True)
    page.text((RIGHT, TOP + 146), detail, HEADING - 6, fill=MUTED, anchor="rs")


def draw_heading(page: Page, y: float, text: str) -> float:
    """Draw a heading across the page; return the start of its content."""
    page.text((LEFT, y + 44), text, SMALL + 4, bold=True, fill=ACCENT)
    page.rule((LEFT, y + 60), RIGHT - LEFT, HAIRLINE, 2)
    return y + 66


def draw_footer(page: Page, translations: Translations, drawn_on: date | None, number: int, count: int) -> None:
    y = BOTTOM + 36
    page.rule((LEFT, y - 44), RIGHT - LEFT, HAIRLINE, 2)
    page.text((LEFT, y), translations.translate("sheet.footer"), SMALL - 4, fill=MUTED)
    details = [] if drawn_on is None else [translations.translate("sheet.drawn", date=drawn_on.isoformat())]
    if count > 1:
        details.append(f"{number} / {count}")
    page.text((RIGHT, y), "   ".join(details), SMALL - 4, fill=MUTED, anchor="rs")
