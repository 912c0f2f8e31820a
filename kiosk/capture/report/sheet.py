"""The sheet of a checked portrait: drawing, verdicts and the questions for a person, on A4, to print or to show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from PIL import Image

from config.i18n import Translations, translations
from config.standards.registry import PhotoStandard
from kiosk.capture.report import checklist, verdict_table
from kiosk.capture.report.bitmap import render_bitmap
from kiosk.capture.report.fonts import Typeface, typeface_for
from kiosk.capture.report.header import HEADER_BOTTOM_PX, SUMMARY_OUTCOMES, draw_footer, draw_header, draw_heading
from kiosk.capture.report.page import BOTTOM, LEFT, RIGHT, Page
from kiosk.capture.report.portrait_drawing import PortraitDrawing
from kiosk.capture.report.sidebar import draw_sidebar
from kiosk.capture.verification.check_file import CheckReport
from kiosk.capture.verification.summary import Summary
from kiosk.guidance.verdict import Outcome

_SIDEBAR_WIDTH_PX: Final = 520
_SIDEBAR_GAP_PX: Final = 70
_HEADING_HEIGHT_PX: Final = 96  # px: a heading with the space above it
_FOOTER_MARGIN_PX: Final = 60  # px above the footer
_MIN_DRAWING_HEIGHT_PX: Final = 1060  # about as high as the sidebar


def draw_sheet(
    report: CheckReport, standard: PhotoStandard, language: str, drawn_on: date | None = None
) -> Image.Image:
    """Return the whole sheet as one picture, RGB, 300 dpi; several pages are stacked.

    The same arguments give the same pixels; `drawn_on` is printed if given. Raises Problem (sheet.no_font).
    """
    pages = draw_pages(report, standard, language, drawn_on)
    return stack_pages([render_bitmap(page) for page in pages])


def draw_pages(report: CheckReport, standard: PhotoStandard, language: str, drawn_on: date | None = None) -> list[Page]:
    """Return the sheet as A4 pages: more than one if the rules and questions do not fit on one."""
    pages = _Sheet(report, standard, translations(language), typeface_for(language)).pages()
    for number, page in enumerate(pages, 1):
        draw_footer(page, translations(language), drawn_on, number, len(pages))
    return pages


def stack_pages(pages: Sequence[Image.Image]) -> Image.Image:
    whole = Image.new("RGB", (pages[0].width, sum(page.height for page in pages)), "white")
    top = 0
    for page in pages:
        whole.paste(page, (0, top))
        top += page.height
    return whole


class _Sheet:
    def __init__(
        self, report: CheckReport, standard: PhotoStandard, language: Translations, sheet_typeface: Typeface
    ) -> None:
        self._report = report
        self._standard = standard
        self._translations = language
        self._typeface = sheet_typeface

    def pages(self) -> list[Page]:
        """Return the pages. The first one contains as much as possible, for which the drawing is reduced down to a
        limit; further pages contain the rest."""
        page = self._new_page()
        lines = verdict_table.verdict_lines(self._report.evaluated, page, self._translations)
        questions = checklist.manual_questions(self._report.manual, page, self._translations)
        questions_height = _HEADING_HEIGHT_PX + checklist.total_height(questions) if questions else 0.0
        room = BOTTOM - _FOOTER_MARGIN_PX - HEADER_BOTTOM_PX - _HEADING_HEIGHT_PX - verdict_table.total_height(lines)
        together = room - questions_height >= _MIN_DRAWING_HEIGHT_PX
        y = HEADER_BOTTOM_PX + self._draw_portrait(
            page, max(_MIN_DRAWING_HEIGHT_PX, room - questions_height if together else room)
        )
        pages, y = self._draw_rules([page], y, lines)
        if questions:
            if not together and len(pages) == 1:
                pages, y = [*pages, self._new_page()], HEADER_BOTTOM_PX
            heading = self._translations.translate("sheet.manual_checks", count=len(questions))
            y = draw_heading(pages[-1], y + 30, heading)
            checklist.draw_questions(pages[-1], y, questions)
        return pages

    def _new_page(self) -> Page:
        page = Page(self._typeface)
        summary = self._report.summary
        key = "sheet.headline.right" if summary is Summary.RIGHT else f"sheet.summary.{summary}"
        title = self._translations.translate(key)
        draw_header(
            page,
            self._standard,
            self._translations,
            SUMMARY_OUTCOMES[summary],
            title,
            passed_summary(self._report, self._translations),
        )
        return page

    def _draw_portrait(self, page: Page, max_height: float) -> float:
        """Draw the portrait and the sidebar, at most `max_height` high; return the height."""
        side = RIGHT - _SIDEBAR_WIDTH_PX
        drawing = PortraitDrawing(page, self._report, self._standard, self._translations)
        width = side - _SIDEBAR_GAP_PX - LEFT
        height = min(max_height, drawing.height_for(width))
        drawing.draw((LEFT, HEADER_BOTTOM_PX, width, height))
        end = draw_sidebar(
            page, (side, HEADER_BOTTOM_PX + 20), _SIDEBAR_WIDTH_PX, self._report, self._standard, self._translations
        )
        return max(height, end - HEADER_BOTTOM_PX)

    def _draw_rules(
        self, pages: list[Page], y: float, lines: Sequence[verdict_table.VerdictLine]
    ) -> tuple[list[Page], float]:
        """Draw the verdicts from `y` on, and on more pages if necessary."""
        while True:
            y = draw_heading(pages[-1], y + 10, self._translations.translate("sheet.rules"))
            count = _count_that_fit(lines, BOTTOM - _FOOTER_MARGIN_PX - y)
            y = verdict_table.draw_lines(pages[-1], y, lines[:count])
            lines = lines[count:]
            if not lines:
                return pages, y
            pages, y = [*pages, self._new_page()], HEADER_BOTTOM_PX


def passed_summary(report: CheckReport, translations: Translations) -> str:
    """Return a sentence with the number of passed rules and of all rules."""
    passed = sum(verdict.outcome is Outcome.PASS for verdict in report.evaluated)
    return translations.translate("sheet.rules_passed", kept=passed, all=len(report.evaluated))


def _count_that_fit(lines: Sequence[verdict_table.VerdictLine], room: float) -> int:
    """Return the number of lines that fit; at least one, so that the loop ends."""
    count = len(lines)
    while count > 1 and verdict_table.total_height(lines[:count]) > room:
        count -= 1
    return count
