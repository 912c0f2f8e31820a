"""What no measure decides, as questions with a box to tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from config.i18n import Translations
from kiosk.capture.report.page import INK, LEFT, LINE, SMALL, Page, wrapped
from kiosk.capture.report.verdict_table import COLUMN, GAP, even_split
from kiosk.guidance.verdict import Verdict

_SIZE: Final = SMALL + 3
_BOX: Final = 34
_TEXT: Final = 56
_SPACE: Final = 16


@dataclass(frozen=True)
class Question:
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        return max(len(self.lines) * _SIZE * LINE, _BOX) + _SPACE


def questions_of(verdicts: Sequence[Verdict], page: Page, words: Translations) -> list[Question]:
    """What a person is asked for each of the rules."""
    asked = (words.translate(f"rule.{verdict.rule}.question") for verdict in verdicts)
    return [Question(tuple(wrapped(page.typeface, text, _SIZE, COLUMN - _TEXT))) for text in asked]


def height_of(questions: Sequence[Question]) -> float:
    return max((sum(question.height for question in column) for column in _columns(questions)), default=0.0)


def draw_questions(page: Page, top: float, questions: Sequence[Question]) -> float:
    """Draws them below `top`, down the first column, then the second; returns where they end."""
    for number, column in enumerate(_columns(questions)):
        left, y = LEFT + number * (COLUMN + GAP), top
        for question in column:
            page.draw.rectangle((left, y + 8, left + _BOX, y + 8 + _BOX), outline=INK, width=3)
            for place, line in enumerate(question.lines):
                page.text((left + _TEXT, y + 36 + place * _SIZE * LINE), line, _SIZE)
            y += question.height
    return top + height_of(questions)


def _columns(questions: Sequence[Question]) -> tuple[Sequence[Question], Sequence[Question]]:
    cut = even_split([question.height for question in questions])
    return questions[:cut], questions[cut:]
