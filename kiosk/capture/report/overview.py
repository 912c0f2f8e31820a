"""The first pages of a sheet for many files: one line for each, with a thumbnail, the summary and the failed rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from config.i18n import translations
from config.standards.registry import PhotoStandard
from kiosk.capture.report.fonts import typeface_for
from kiosk.capture.report.header import SUMMARY_OUTCOMES, draw_footer, draw_header
from kiosk.capture.report.page import BODY, BOTTOM, COLOURS, HAIRLINE, LEFT, MUTED, RIGHT, SMALL, Page, wrap_text
from kiosk.capture.verification.check_file import CheckReport
from kiosk.capture.verification.summary import Summary
from kiosk.guidance.verdict import Outcome

_FIRST_ROW_Y_PX: Final = 400  # px: start of the first line
_ROW_HEIGHT_PX: Final = 148
_THUMBNAIL_PX: Final = 120  # px of height
_NAME_X_PX: Final = 150
_SUMMARY_X_PX: Final = 760
_REASON_X_PX: Final = 1010
_ROWS_PER_PAGE: Final = (BOTTOM - 60 - _FIRST_ROW_Y_PX) // _ROW_HEIGHT_PX
_MAX_NAMED_RULES: Final = 5  # rules that are named for one file


@dataclass(frozen=True)
class OverviewEntry:
    """A file of the overview: its report, or the message that states why there is none; `page` is the page of
    its sheet."""

    name: str
    report: CheckReport | None
    problem: str = ""
    page: int | None = None


def draw_overview(
    entries: Sequence[OverviewEntry], standard: PhotoStandard, language: str, drawn_on: date | None = None
) -> list[Page]:
    """Return A4 pages with one line for each of the entries. Raises Problem (sheet.no_font)."""
    texts, typeface = translations(language), typeface_for(language)
    parts = [entries[n : n + _ROWS_PER_PAGE] for n in range(0, len(entries), _ROWS_PER_PAGE)]
    pages = []
    for number, part in enumerate(parts, 1):
        page = Page(typeface)
        draw_header(
            page,
            standard,
            texts,
            _worst_outcome(entries),
            texts.translate("sheet.overview"),
            _summary_counts(entries, language),
        )
        for row, entry in enumerate(part):
            _draw_row(page, _FIRST_ROW_Y_PX + row * _ROW_HEIGHT_PX, entry, language)
        draw_footer(page, texts, drawn_on, number, len(parts))
        pages.append(page)
    return pages


def page_count(count: int) -> int:
    """Return the number of overview pages of `count` files."""
    return -(-count // _ROWS_PER_PAGE)


def _worst_outcome(entries: Sequence[OverviewEntry]) -> Outcome:
    sums = {None if entry.report is None else entry.report.summary for entry in entries}
    if None in sums or Summary.WRONG in sums:
        return Outcome.FAIL
    return Outcome.UNSURE if Summary.UNSURE in sums else Outcome.PASS


def _summary_counts(entries: Sequence[OverviewEntry], language: str) -> str:
    """Return the number of files by summary: `Pass 12   Fail 3   Unreadable 1`."""
    texts = translations(language)
    counts = Counter("unread" if entry.report is None else entry.report.summary.value for entry in entries)
    totals = [
        f"{texts.translate(f'sheet.summary.{name}')} {counts[name]}" for name in ("right", "wrong", "unsure", "unread")
    ]
    return "   ".join(
        part for part, name in zip(totals, ("right", "wrong", "unsure", "unread"), strict=True) if counts[name]
    )


def _draw_row(page: Page, top: float, entry: OverviewEntry, language: str) -> None:
    texts = translations(language)
    middle = top + _ROW_HEIGHT_PX / 2
    if entry.report is not None:
        _draw_thumbnail(page, top + (_ROW_HEIGHT_PX - _THUMBNAIL_PX) / 2, entry.report.pixels)
    names = wrap_text(page.typeface, entry.name, SMALL + 2, _SUMMARY_X_PX - _NAME_X_PX - 40, bold=True)[:2]
    _draw_lines(page, LEFT + _NAME_X_PX, middle, names, bold=True)
    outcome = Outcome.FAIL if entry.report is None else SUMMARY_OUTCOMES[entry.report.summary]
    name = "unread" if entry.report is None else entry.report.summary.value
    page.symbol((LEFT + _SUMMARY_X_PX + 22, middle), outcome, 44)
    page.text(
        (LEFT + _SUMMARY_X_PX + 62, middle),
        texts.translate(f"sheet.summary.{name}"),
        BODY,
        fill=COLOURS[outcome],
        anchor="lm",
    )
    reason = entry.problem if entry.report is None else _failed_rules(entry.report, language)
    width = RIGHT - LEFT - _REASON_X_PX - 120
    _draw_lines(page, LEFT + _REASON_X_PX, middle, wrap_text(page.typeface, reason, SMALL, width)[:3], bold=False)
    if entry.page is not None:
        page.text((RIGHT, middle), str(entry.page), SMALL, fill=MUTED, anchor="rm")
    page.rule((LEFT, top + _ROW_HEIGHT_PX - 2), RIGHT - LEFT, HAIRLINE, 1)


def _draw_lines(page: Page, left: float, middle: float, lines: Sequence[str], bold: bool) -> None:
    """Draw lines, centred vertically at `middle`."""
    for row, line in enumerate(lines):
        at = (left, middle + (row - (len(lines) - 1) / 2) * 41)
        page.text(at, line, SMALL + 2 if bold else SMALL, bold=bold, anchor="lm")


def _failed_rules(report: CheckReport, language: str) -> str:
    """Return the rules that did not pass, by name."""
    texts = translations(language)
    not_passed = [v for v in report.evaluated if v.outcome is Outcome.FAIL] + [
        v for v in report.evaluated if v.outcome in (Outcome.UNSURE, Outcome.NOT_MEASURED)
    ]
    names = [texts.translate(f"rule.{verdict.rule}") for verdict in not_passed]
    rules_text = texts.translate("sheet.comma").join(names[:_MAX_NAMED_RULES])
    return (
        rules_text
        if len(names) <= _MAX_NAMED_RULES
        else texts.translate("sheet.and_more", rules=rules_text, count=len(names) - _MAX_NAMED_RULES)
    )


def _draw_thumbnail(page: Page, top: float, pixels: NDArray[np.uint8]) -> None:
    picture = Image.fromarray(pixels)
    picture.thumbnail((_NAME_X_PX - 30, _THUMBNAIL_PX), Image.Resampling.LANCZOS)
    left = LEFT + (_NAME_X_PX - 30 - picture.width) // 2
    page.picture((left, round(top) + (_THUMBNAIL_PX - picture.height) // 2), picture)
