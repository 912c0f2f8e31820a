"""The verdicts as two columns of lines: sign, rule, value, band; below the ones that did not pass, why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from config.i18n import Translations
from kiosk.capture.report.figures import band_said, value_said
from kiosk.capture.report.page import BODY, COLOURS, HAIR, INK, LEFT, LINE, RIGHT, SMALL, SOFT, Page, wrapped
from kiosk.guidance.verdict import Outcome, Verdict

GAP: Final = 80
COLUMN: Final = (RIGHT - LEFT - GAP) // 2
_ROW: Final = 62
_SIGN: Final = 34
_NAME: Final = 56  # px right of the column's edge
_VALUE: Final = 640  # where values end
_ORDER: Final = (Outcome.FAIL, Outcome.UNSURE, Outcome.NOT_MEASURED, Outcome.PASS)


@dataclass(frozen=True)
class Line:
    """One verdict in words, broken into lines."""

    outcome: Outcome
    name: tuple[str, ...]
    value: str
    measured: bool
    band: str
    reason: tuple[str, ...]

    @property
    def height(self) -> float:
        """In px, with the space to the next one."""
        names = (len(self.name) - 1) * BODY * LINE
        reasons = len(self.reason) * SMALL * LINE + (8 if self.reason else 0)
        return _ROW + names + reasons


def lines_of(verdicts: Sequence[Verdict], page: Page, words: Translations) -> list[Line]:
    """What did not pass first; otherwise in the order of the standard."""
    ordered = sorted(verdicts, key=lambda verdict: _ORDER.index(verdict.outcome))
    return [_line(verdict, page, words) for verdict in ordered]


def even_split(heights: Sequence[float]) -> int:
    """How many belong into the first of two columns, so that the higher one is as low as can be."""

    def higher(cut: int) -> float:
        return max(sum(heights[:cut]), sum(heights[cut:]))

    return min(range(len(heights), -1, -1), key=higher)


def columns(lines: Sequence[Line]) -> tuple[Sequence[Line], Sequence[Line]]:
    """Split where both columns are about as high."""
    cut = even_split([line.height for line in lines])
    return lines[:cut], lines[cut:]


def height_of(lines: Sequence[Line]) -> float:
    return max((sum(line.height for line in column) for column in columns(lines)), default=0.0)


def draw_lines(page: Page, top: float, lines: Sequence[Line]) -> float:
    """Draws both columns below `top`; returns where they end."""
    ends = [top]
    for number, column in enumerate(columns(lines)):
        left, y = LEFT + number * (COLUMN + GAP), top
        for line in column:
            _draw(page, left, y, line)
            y += line.height
            page.rule((left, y - 4), COLUMN, HAIR, 1)
        ends.append(y)
    return max(ends)


def _line(verdict: Verdict, page: Page, words: Translations) -> Line:
    value, band = value_said(verdict), band_said(verdict, words)
    reason = reason_said(verdict, words)
    title = words.translate(f"rule.{verdict.rule}")
    brief = reason.rstrip(".。")
    if verdict.value is None and _beside(title, brief, page):
        value, reason = brief, ""
    size, bold = (BODY, True) if verdict.value is not None else (SMALL, False)
    room = _VALUE - _NAME - 20 - max(page.width_of(value, size, bold), 90)
    name = wrapped(page.typeface, title, BODY, room)
    told = wrapped(page.typeface, reason, SMALL, COLUMN - _NAME) if reason else []
    return Line(verdict.outcome, tuple(name), value, verdict.value is not None, band, tuple(told))


def _beside(title: str, reason: str, page: Page) -> bool:
    """Whether a reason has room where the value would stand."""
    return page.width_of(title, BODY, True) + page.width_of(reason, SMALL) + 8 <= _VALUE - _NAME


def reason_said(verdict: Verdict, words: Translations) -> str:
    """Why a verdict is no pass, as a sentence; empty for one that is."""
    if not verdict.reason or verdict.outcome is Outcome.PASS:
        return ""
    told = sentence(words.translate(verdict.reason), words)
    if verdict.outcome is not Outcome.UNSURE:
        return told
    inside = told if told[:2].isupper() else told[:1].lower() + told[1:]
    return words.translate("sheet.close_call", reason=inside)


def sentence(text: str, words: Translations) -> str:
    """A reason as a sentence: some are half ones, to stand after a colon elsewhere."""
    stop = words.translate("sheet.stop")
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((stop.strip(), ".", "。", "?", "？", "!", "！")) else whole + stop


def _draw(page: Page, left: float, top: float, line: Line) -> None:
    colour = COLOURS[line.outcome]
    baseline = top + 42
    page.sign((left + _SIGN / 2, baseline - 12), line.outcome, _SIGN)
    plain = line.outcome is Outcome.PASS
    for number, part in enumerate(line.name):
        page.text((left + _NAME, baseline + number * BODY * LINE), part, BODY, bold=not plain)
    loud = line.outcome in (Outcome.FAIL, Outcome.UNSURE)
    size = BODY if line.measured else SMALL
    fill = colour if loud else INK if line.measured else SOFT
    page.text((left + _VALUE, baseline), line.value, size, bold=line.measured, fill=fill, anchor="rs")
    page.text((left + COLUMN, baseline), line.band, SMALL + 2, fill=SOFT, anchor="rs")
    y = baseline + (len(line.name) - 1) * BODY * LINE + SMALL * LINE
    for part in line.reason:
        page.text((left + _NAME, y + 2), part, SMALL, fill=colour)
        y += SMALL * LINE
