"""The sheet of a checked portrait: drawing, verdicts and what is left to a person, on A4, to print or to show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from PIL import Image

from config.i18n import Translations, translations
from config.standards.registry import PhotoStandard
from kiosk.capture.report import checklist, verdict_table
from kiosk.capture.report.fonts import Typeface, typeface
from kiosk.capture.report.page import BOTTOM, LEFT, RIGHT, Page
from kiosk.capture.report.parts import HEAD, SIGNS, foot, heading, masthead
from kiosk.capture.report.portrait_drawing import PortraitDrawing
from kiosk.capture.report.side import draw_side
from kiosk.capture.verification.check_file import Checked
from kiosk.guidance.verdict import Outcome

_SIDE: Final = 520
_SIDE_GAP: Final = 70
_BLOCK: Final = 96  # px: a heading, and the space before it
_FREE: Final = 60  # px kept free above the foot
_DRAWING_LEAST: Final = 1060  # about as high as what stands beside it


def draw_sheet(checked: Checked, standard: PhotoStandard, language: str, drawn: date | None = None) -> Image.Image:
    """The whole sheet as one picture, RGB, 300 dpi; its pages below each other where there are more than one.

    The same arguments give the same pixels; `drawn` is printed if given. Raises Problem (sheet.no_font).
    """
    return below_each_other(draw_pages(checked, standard, language, drawn))


def draw_pages(
    checked: Checked, standard: PhotoStandard, language: str, drawn: date | None = None
) -> list[Image.Image]:
    """The sheet as A4 pages, 2480 x 3508 px; a second one where the rules and questions are too many for one."""
    pages = _Sheet(checked, standard, translations(language), typeface(language)).pages()
    for number, page in enumerate(pages, 1):
        foot(page, translations(language), drawn, number, len(pages))
    return [page.image for page in pages]


def below_each_other(pages: Sequence[Image.Image]) -> Image.Image:
    whole = Image.new("RGB", (pages[0].width, sum(page.height for page in pages)), "white")
    top = 0
    for page in pages:
        whole.paste(page, (0, top))
        top += page.height
    return whole


class _Sheet:
    def __init__(self, checked: Checked, standard: PhotoStandard, language: Translations, letters: Typeface) -> None:
        self._checked = checked
        self._standard = standard
        self._words = language
        self._letters = letters

    def pages(self) -> list[Page]:
        """As much as fits on the first page, the drawing made smaller for it down to a point; the rest on more."""
        page = self._headed()
        lines = verdict_table.lines_of(self._checked.judged, page, self._words)
        questions = checklist.questions_of(self._checked.for_a_person, page, self._words)
        asked = _BLOCK + checklist.height_of(questions) if questions else 0.0
        room = BOTTOM - _FREE - HEAD - _BLOCK - verdict_table.height_of(lines)
        together = room - asked >= _DRAWING_LEAST
        y = HEAD + self._drawing(page, max(_DRAWING_LEAST, room - asked if together else room))
        pages, y = self._rules([page], y, lines)
        if questions:
            if not together and len(pages) == 1:
                pages, y = [*pages, self._headed()], HEAD
            y = heading(pages[-1], y + 30, self._words.translate("sheet.for_a_person"))
            checklist.draw_questions(pages[-1], y, questions)
        return pages

    def _headed(self) -> Page:
        page = Page(self._letters)
        title = self._words.translate(f"sheet.sum.{self._checked.sum}")
        masthead(
            page, self._standard, self._words, SIGNS[self._checked.sum], title, kept_said(self._checked, self._words)
        )
        return page

    def _drawing(self, page: Page, most: float) -> float:
        """The portrait and what stands beside it, at most that high; returns how high."""
        side = RIGHT - _SIDE
        drawing = PortraitDrawing(page, self._checked, self._standard, self._words)
        width = side - _SIDE_GAP - LEFT
        height = min(most, drawing.height_for(width))
        drawing.draw((LEFT, HEAD, width, height))
        end = draw_side(page, (side, HEAD + 20), _SIDE, self._checked, self._standard, self._words)
        return max(height, end - HEAD)

    def _rules(self, pages: list[Page], y: float, lines: Sequence[verdict_table.Line]) -> tuple[list[Page], float]:
        """The verdicts from `y` on, and on more pages as far as there must be."""
        while True:
            y = heading(pages[-1], y + 10, self._words.translate("sheet.rules"))
            count = _that_fit(lines, BOTTOM - _FREE - y)
            y = verdict_table.draw_lines(pages[-1], y, lines[:count])
            lines = lines[count:]
            if not lines:
                return pages, y
            pages, y = [*pages, self._headed()], HEAD


def kept_said(checked: Checked, words: Translations) -> str:
    """How many rules are kept, of how many."""
    kept = sum(verdict.outcome is Outcome.PASS for verdict in checked.judged)
    return words.translate("sheet.kept", kept=kept, all=len(checked.judged))


def _that_fit(lines: Sequence[verdict_table.Line], room: float) -> int:
    """How many lines there is room for; at least one, so that there is an end."""
    count = len(lines)
    while count > 1 and verdict_table.height_of(lines[:count]) > room:
        count -= 1
    return count
