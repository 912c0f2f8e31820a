"""The verdicts as two columns of lines: symbol, rule, value, band, and the reason of those that did not pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from config.i18n import Translations
from kiosk.capture.report.number_format import format_band, format_value
from kiosk.capture.report.page import BODY, COLOURS, HAIRLINE, INK, LEFT, LINE, MUTED, RIGHT, SMALL, Page, wrap_text
from kiosk.capture.report.wording import format_reason
from kiosk.guidance.verdict import Outcome, Verdict

COLUMN_GAP_PX: Final = 80
COLUMN_WIDTH_PX: Final = (RIGHT - LEFT - COLUMN_GAP_PX) // 2
_ROW_HEIGHT_PX: Final = 62
_SYMBOL_PX: Final = 34
_NAME_INDENT_PX: Final = 56  # px from the column's edge
_VALUE_END_PX: Final = 640  # right edge of the values
_OUTCOME_ORDER: Final = (Outcome.FAIL, Outcome.UNSURE, Outcome.NOT_MEASURED, Outcome.PASS)


@dataclass(frozen=True)
class VerdictLine:
    """One verdict in words, broken into lines."""

    outcome: Outcome
    name: tuple[str, ...]
    value: str
    is_measured: bool
    band: str
    reason: tuple[str, ...]

    @property
    def height(self) -> float:
        """The height in px, with the space to the next line."""
        names = (len(self.name) - 1) * BODY * LINE
        reasons = len(self.reason) * SMALL * LINE + (8 if self.reason else 0)
        return _ROW_HEIGHT_PX + names + reasons


def verdict_lines(verdicts: Sequence[Verdict], page: Page, translations: Translations) -> list[VerdictLine]:
    """Return the verdicts that did not pass first, otherwise in the order of the standard."""
    ordered = sorted(verdicts, key=lambda verdict: _OUTCOME_ORDER.index(verdict.outcome))
    return [_to_line(verdict, page, translations) for verdict in ordered]


def even_split(heights: Sequence[float]) -> int:
    """Return the number of items in the first of two columns that minimizes the height of the taller one."""

    def taller(cut: int) -> float:
        return max(sum(heights[:cut]), sum(heights[cut:]))

    return min(range(len(heights), -1, -1), key=taller)


def columns(lines: Sequence[VerdictLine]) -> tuple[Sequence[VerdictLine], Sequence[VerdictLine]]:
    """Return the lines in two columns of about equal height."""
    cut = even_split([line.height for line in lines])
    return lines[:cut], lines[cut:]


def total_height(lines: Sequence[VerdictLine]) -> float:
    return max((sum(line.height for line in column) for column in columns(lines)), default=0.0)


def draw_lines(page: Page, top: float, lines: Sequence[VerdictLine]) -> float:
    """Draw both columns below `top`; return their end."""
    ends = [top]
    for number, column in enumerate(columns(lines)):
        left, y = LEFT + number * (COLUMN_WIDTH_PX + COLUMN_GAP_PX), top
        for line in column:
            _draw_line(page, left, y, line)
            y += line.height
            page.rule((left, y - 4), COLUMN_WIDTH_PX, HAIRLINE, 1)
        ends.append(y)
    return max(ends)


def _to_line(verdict: Verdict, page: Page, translations: Translations) -> VerdictLine:
    value, band = format_value(verdict), format_band(verdict, translations)
    reason = format_reason(verdict, translations)
    title = translations.translate(f"rule.{verdict.rule}")
    brief = reason.rstrip(".。")
    if verdict.value is None and _fits_beside(title, brief, page):
        value, reason = brief, ""
    size, bold = (BODY, True) if verdict.value is not None else (SMALL, False)
    room = _VALUE_END_PX - _NAME_INDENT_PX - 20 - max(page.width_of(value, size, bold), 90)
    name = wrap_text(page.typeface, title, BODY, room)
    sentence = wrap_text(page.typeface, reason, SMALL, COLUMN_WIDTH_PX - _NAME_INDENT_PX) if reason else []
    return VerdictLine(verdict.outcome, tuple(name), value, verdict.value is not None, band, tuple(sentence))


def _fits_beside(title: str, reason: str, page: Page) -> bool:
    """Return whether a reason fits in the place of the value."""
    return page.width_of(title, BODY, True) + page.width_of(reason, SMALL) + 8 <= _VALUE_END_PX - _NAME_INDENT_PX


def _draw_line(page: Page, left: float, top: float, line: VerdictLine) -> None:
    colour = COLOURS[line.outcome]
    baseline = top + 42
    page.symbol((left + _SYMBOL_PX / 2, baseline - 12), line.outcome, _SYMBOL_PX)
    passed = line.outcome is Outcome.PASS
    for number, part in enumerate(line.name):
        page.text((left + _NAME_INDENT_PX, baseline + number * BODY * LINE), part, BODY, bold=not passed)
    is_coloured = line.outcome in (Outcome.FAIL, Outcome.UNSURE)
    size = BODY if line.is_measured else SMALL
    fill = colour if is_coloured else INK if line.is_measured else MUTED
    page.text((left + _VALUE_END_PX, baseline), line.value, size, bold=line.is_measured, fill=fill, anchor="rs")
    page.text((left + COLUMN_WIDTH_PX, baseline), line.band, SMALL + 2, fill=MUTED, anchor="rs")
    y = baseline + (len(line.name) - 1) * BODY * LINE + SMALL * LINE
    for part in line.reason:
        page.text((left + _NAME_INDENT_PX, y + 2), part, SMALL, fill=colour)
        y += SMALL * LINE
