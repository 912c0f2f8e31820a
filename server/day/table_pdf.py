"""Tables as PDF, with the typeface and the pages of the photo sheets (kiosk.capture.report)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils import timezone

from config.i18n import LANGUAGES, Translations, translations
from kiosk.capture.report.fonts import Typeface, typeface_for
from kiosk.capture.report.page import (
    ACCENT,
    BODY,
    BOTTOM,
    HEADING,
    INK,
    LEFT,
    MUTED,
    RIGHT,
    SMALL,
    TOP,
    Page,
)
from kiosk.capture.report.pdf_pages import PdfDocument
from server.day.tables import Cell, Column, Table
from server.records.models import Campaign

WIDTH: Final = RIGHT - LEFT
_ROW_PX: Final = 62
GAP_PX: Final = 28
"""The distance between two columns."""
_FOOTER_PX: Final = 90
_END: Final = BOTTOM - _FOOTER_PX


def draw_tables(campaign: Campaign, tables: Sequence[Table], language: str, made_at: datetime) -> bytes:
    """Return a PDF of tables about a campaign. Raises Problem (sheet.no_font) on a machine without a suitable font."""
    typeface = typeface_for(language)
    layout = TableLayout(typeface, language)
    layout.draw_origin(campaign, made_at)
    layout.draw_line(f"{campaign.title}  ·  {campaign.pk}")
    for table in tables:
        layout.draw_table(table)
    day = timezone.localdate(made_at)
    document = PdfDocument(typeface, f"{campaign.title} {day}", language, day)
    for page in layout.pages_with_footers(f"{campaign.title} · {day}"):
        document.add(page)
    return document.to_bytes()


class TableLayout:
    """A layout that fills pages from top to bottom."""

    def __init__(self, typeface: Typeface, language: str) -> None:
        self._typeface, self._tr = typeface, translations(language)
        self._other = _other_language(typeface, language)
        self._pages = [Page(typeface)]
        self.y: float = TOP

    @property
    def page(self) -> Page:
        return self._pages[-1]

    def draw_origin(self, campaign: Campaign, made_at: datetime) -> None:
        """Draw the school, and when the file was made."""
        self.page.text((LEFT, TOP + 6), campaign.school.name, SMALL + 4, bold=True, fill=ACCENT)
        text = self._tr.translate("day.report.made", time=f"{timezone.localtime(made_at):%Y-%m-%d %H:%M}")
        self.page.text((RIGHT, TOP + 6), text, SMALL, fill=MUTED, anchor="rs")
        self.y = TOP + 120

    def draw_line(self, text: str) -> None:
        self.page.text((LEFT, self.y + BODY), fit(self.page, text, BODY, WIDTH), BODY, fill=MUTED)
        self.y += 110

    def draw_table(self, table: Table) -> None:
        """Draw a section; its heading never stands alone at the end of a page."""
        self._reserve(HEADING * 3 + 3 * _ROW_PX)
        self.y += 66
        self.draw_title(table.title, HEADING, SMALL)
        self.y += 18
        if not table.rows:
            self.page.text((LEFT, self.y + 40), self._tr.translate(table.empty), BODY, fill=MUTED)
            self.y += _ROW_PX
            return
        places = _places(table.columns)
        self._draw_column_titles(table, places)
        for row in table.rows:
            if self.y + _ROW_PX > _END:
                self._begin_page()
                self._draw_column_titles(table, places)
            self._draw_row(row, table.columns, places)
        if table.total:
            self._reserve(_ROW_PX)
            self.page.rule((LEFT, self.y), WIDTH, fill=INK, weight=3)
            self._draw_row(table.total, table.columns, places, bold=True)
        if table.note:
            self._reserve(2 * _ROW_PX)
            self.y += 14 + self.page.paragraph((LEFT, self.y + 14), table.note, SMALL, WIDTH, fill=MUTED)

    def pages_with_footers(self, footer: str) -> list[Page]:
        for number, page in enumerate(self._pages, 1):
            page.rule((LEFT, BOTTOM - 50), WIDTH)
            page.text((LEFT, BOTTOM), footer, SMALL, fill=MUTED)
            page.text((RIGHT, BOTTOM), f"{number} / {len(self._pages)}", SMALL, fill=MUTED, anchor="rs")
        return self._pages

    def draw_title(self, key: str, size: int, small: int) -> None:
        """Draw a title, followed by the same title in the other language."""
        title = self._tr.translate(key)
        self.y += size
        self.page.text((LEFT, self.y), title, size, bold=True)
        if self._other is not None:
            left = LEFT + self.page.width_of(title, size, True) + size * 0.5
            self.page.text((left, self.y), self._other.translate(key), small, fill=MUTED)

    def _draw_column_titles(self, table: Table, places: Sequence[tuple[float, float]]) -> None:
        titles = tuple(column.label(self._tr) for column in table.columns)
        self._draw_row(titles, table.columns, places, size=SMALL, muted=True)

    def _draw_row(
        self,
        row: Sequence[Cell],
        columns: Sequence[Column],
        places: Sequence[tuple[float, float]],
        *,
        size: int = BODY - 2,
        bold: bool = False,
        muted: bool = False,
    ) -> None:
        page, baseline = self.page, self.y + _ROW_PX * 0.68
        for value, column, (left, width) in zip(row, columns, places, strict=True):
            text = fit(page, str(value), size, width, bold)
            at = (left + width, baseline) if column.number else (left, baseline)
            page.text(at, text, size, bold=bold, fill=MUTED if muted else INK, anchor="rs" if column.number else "ls")
        self.y += _ROW_PX
        page.rule((LEFT, self.y - 2), WIDTH)

    def _reserve(self, height: float) -> None:
        if self.y + height > _END:
            self._begin_page()

    def _begin_page(self) -> None:
        self._pages.append(Page(self._typeface))
        self.y = TOP - 40


def _other_language(typeface: Typeface, language: str) -> Translations | None:
    """Return the language of the second titles; None if the typeface has no characters for it."""
    other = translations(next(one for one in LANGUAGES if one != language))
    return other if all(typeface.has_glyph(c) for c in other.translate("day.report.title")) else None


def _places(columns: Sequence[Column]) -> list[tuple[float, float]]:
    """Return left edge and width of each column."""
    share = (WIDTH - GAP_PX * (len(columns) - 1)) / sum(column.width for column in columns)
    places, left = [], float(LEFT)
    for column in columns:
        places.append((left, column.width * share))
        left += column.width * share + GAP_PX
    return places


def fit(page: Page, text: str, size: int, width: float, bold: bool = False) -> str:
    """Return the text, cut with an ellipsis to fit the width."""
    if page.width_of(text, size, bold) <= width:
        return text
    while text and page.width_of(f"{text}…", size, bold) > width:
        text = text[:-1]
    return f"{text}…"
