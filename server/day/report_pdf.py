"""The report as PDF, with the typeface and the pages of the photo sheets (kiosk.capture.report)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.utils import timezone

from config.i18n import LANGUAGES, Translations, translations
from kiosk.capture.report.fonts import Typeface, typeface_for
from kiosk.capture.report.page import (
    ACCENT,
    BODY,
    BOTTOM,
    HAIRLINE,
    HEADING,
    INK,
    LEFT,
    MUTED,
    RIGHT,
    SMALL,
    TITLE,
    TOP,
    Page,
)
from kiosk.capture.report.pdf_pages import PdfDocument
from server.day.counts import total
from server.day.report import DayReport
from server.day.tables import Cell, Column, Table

_WIDTH: Final = RIGHT - LEFT
_ROW_PX: Final = 62
_GAP_PX: Final = 28
"""Between two columns."""
_FOOTER_PX: Final = 90
_END: Final = BOTTOM - _FOOTER_PX
_FIGURES: Final = ("expected", "captured", "approved", "made_up", "absent")


def draw_report(report: DayReport, tables: Sequence[Table], language: str) -> bytes:
    """Return the PDF. Raises Problem (sheet.no_font) on a machine without a suitable font."""
    typeface = typeface_for(language)
    layout = _Layout(typeface, language)
    layout.draw_head(report)
    for table in tables:
        layout.draw_table(table)
    title = f"{translations(language).translate('day.report.title')} {report.campaign.title} {report.day}"
    document = PdfDocument(typeface, title, language, report.day)
    for page in layout.pages_with_footers(report):
        document.add(page)
    return document.to_bytes()


class _Layout:
    """Fills pages from top to bottom."""

    def __init__(self, typeface: Typeface, language: str) -> None:
        self._typeface, self._tr = typeface, translations(language)
        self._other = _other_language(typeface, language)
        self._pages = [Page(typeface)]
        self._y: float = TOP

    @property
    def _page(self) -> Page:
        return self._pages[-1]

    def draw_head(self, report: DayReport) -> None:
        """Title in both languages, the campaign, and the five figures."""
        campaign, page = report.campaign, self._page
        page.text((LEFT, TOP + 6), campaign.school.name, SMALL + 4, bold=True, fill=ACCENT)
        made = timezone.localtime(report.made_at)
        page.text(
            (RIGHT, TOP + 6), self._tr.translate("day.report.made", time=f"{made:%Y-%m-%d %H:%M}"), SMALL,
            fill=MUTED, anchor="rs",
        )  # fmt: skip
        self._y = TOP + 120
        self._draw_title("day.report.title", TITLE, HEADING)
        self._y += 40
        line = f"{campaign.title}  ·  {campaign.pk}  ·  {_weekday(self._tr, report.day)}"
        page.text((LEFT, self._y + BODY), _fit(page, line, BODY, _WIDTH), BODY, fill=MUTED)
        self._y += 110
        self._draw_figures(report)

    def _draw_figures(self, report: DayReport) -> None:
        counts, page = total(report.classes), self._page
        width = (_WIDTH - 4 * _GAP_PX) / len(_FIGURES)
        numbers = {name: getattr(counts, name) for name in _FIGURES} | {"absent": counts.absent + counts.present}
        for place, name in enumerate(_FIGURES):
            left = LEFT + place * (width + _GAP_PX)
            page.box((left, self._y, left + width, self._y + 190), outline=HAIRLINE, weight=3)
            page.text((left + 30, self._y + 100), str(numbers[name]), TITLE - 24, bold=True)
            key = "day.report.without_photo" if name == "absent" else f"day.{name}"
            page.text((left + 30, self._y + 155), self._tr.translate(key), SMALL, fill=MUTED)
        self._y += 190 + 30

    def draw_table(self, table: Table) -> None:
        """Draw a section; its heading never stands alone at the end of a page."""
        self._reserve(HEADING * 3 + 3 * _ROW_PX)
        self._y += 66
        self._draw_title(table.title, HEADING, SMALL)
        self._y += 18
        if not table.rows:
            self._page.text((LEFT, self._y + 40), self._tr.translate(table.empty), BODY, fill=MUTED)
            self._y += _ROW_PX
            return
        places = _places(table.columns)
        self._draw_column_titles(table, places)
        for row in table.rows:
            if self._y + _ROW_PX > _END:
                self._begin_page()
                self._draw_column_titles(table, places)
            self._draw_row(row, table.columns, places)
        if table.total:
            self._reserve(_ROW_PX)
            self._page.rule((LEFT, self._y), _WIDTH, fill=INK, weight=3)
            self._draw_row(table.total, table.columns, places, bold=True)
        if table.note:
            self._reserve(2 * _ROW_PX)
            self._y += 14 + self._page.paragraph((LEFT, self._y + 14), table.note, SMALL, _WIDTH, fill=MUTED)

    def pages_with_footers(self, report: DayReport) -> list[Page]:
        for number, page in enumerate(self._pages, 1):
            page.rule((LEFT, BOTTOM - 50), _WIDTH)
            page.text((LEFT, BOTTOM), f"{report.campaign.title} · {report.day}", SMALL, fill=MUTED)
            page.text((RIGHT, BOTTOM), f"{number} / {len(self._pages)}", SMALL, fill=MUTED, anchor="rs")
        return self._pages

    def _draw_title(self, key: str, size: int, small: int) -> None:
        """Draw a title, and beside it the same in the other language."""
        title = self._tr.translate(key)
        self._y += size
        self._page.text((LEFT, self._y), title, size, bold=True)
        if self._other is not None:
            left = LEFT + self._page.width_of(title, size, True) + size * 0.5
            self._page.text((left, self._y), self._other.translate(key), small, fill=MUTED)

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
        page, baseline = self._page, self._y + _ROW_PX * 0.68
        for value, column, (left, width) in zip(row, columns, places, strict=True):
            text = _fit(page, str(value), size, width, bold)
            at = (left + width, baseline) if column.number else (left, baseline)
            page.text(at, text, size, bold=bold, fill=MUTED if muted else INK, anchor="rs" if column.number else "ls")
        self._y += _ROW_PX
        page.rule((LEFT, self._y - 2), _WIDTH)

    def _reserve(self, height: float) -> None:
        if self._y + height > _END:
            self._begin_page()

    def _begin_page(self) -> None:
        self._pages.append(Page(self._typeface))
        self._y = TOP - 40


def _other_language(typeface: Typeface, language: str) -> Translations | None:
    """Return the language of the second titles; None if the typeface has no characters for it."""
    other = translations(next(one for one in LANGUAGES if one != language))
    return other if all(typeface.has_glyph(c) for c in other.translate("day.report.title")) else None


def _places(columns: Sequence[Column]) -> list[tuple[float, float]]:
    """Return left edge and width of each column."""
    share = (_WIDTH - _GAP_PX * (len(columns) - 1)) / sum(column.width for column in columns)
    places, left = [], float(LEFT)
    for column in columns:
        places.append((left, column.width * share))
        left += column.width * share + _GAP_PX
    return places


def _fit(page: Page, text: str, size: int, width: float, bold: bool = False) -> str:
    """Return the text, cut with an ellipsis to fit the width."""
    if page.width_of(text, size, bold) <= width:
        return text
    while text and page.width_of(f"{text}…", size, bold) > width:
        text = text[:-1]
    return f"{text}…"


def _weekday(tr: Translations, day: date) -> str:
    return f"{day} {tr.translate(f'day.weekday.{day.isoweekday()}')}"
