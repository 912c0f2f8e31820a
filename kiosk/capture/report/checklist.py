"""The questions for a person, with a box to tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from config.i18n import Translations
from kiosk.capture.report.page import INK, LEFT, LINE, SMALL, Page, wrap_text
from kiosk.capture.report.verdict_table import COLUMN_GAP_PX, COLUMN_WIDTH_PX, even_split
from kiosk.guidance.verdict import Verdict

_FONT_SIZE: Final = SMALL + 3
_BOX_PX: Final = 34
_TEXT_INDENT_PX: Final = 56
_GAP_PX: Final = 16


@dataclass(frozen=True)
class ManualQuestion:
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        return max(len(self.lines) * _FONT_SIZE * LINE, _BOX_PX) + _GAP_PX


def manual_questions(verdicts: Sequence[Verdict], page: Page, translations: Translations) -> list[ManualQuestion]:
    """Return the questions of rules for a person, broken into lines."""
    questions = (translations.translate(f"rule.{verdict.rule}.question") for verdict in verdicts)
    return [
        ManualQuestion(tuple(wrap_text(page.typeface, text, _FONT_SIZE, COLUMN_WIDTH_PX - _TEXT_INDENT_PX)))
        for text in questions
    ]


def total_height(questions: Sequence[ManualQuestion]) -> float:
    return max((sum(question.height for question in column) for column in _columns(questions)), default=0.0)


def draw_questions(page: Page, top: float, questions: Sequence[ManualQuestion]) -> float:
    """Draw the questions below `top`, down the first column, then the second; return their end."""
    for number, column in enumerate(_columns(questions)):
        left, y = LEFT + number * (COLUMN_WIDTH_PX + COLUMN_GAP_PX), top
        for question in column:
            page.box((left, y + 8, left + _BOX_PX + 1, y + 9 + _BOX_PX), outline=INK, weight=3)
            for place, line in enumerate(question.lines):
                page.text((left + _TEXT_INDENT_PX, y + 36 + place * _FONT_SIZE * LINE), line, _FONT_SIZE)
            y += question.height
    return top + total_height(questions)


def _columns(questions: Sequence[ManualQuestion]) -> tuple[Sequence[ManualQuestion], Sequence[ManualQuestion]]:
    cut = even_split([question.height for question in questions])
    return questions[:cut], questions[cut:]
