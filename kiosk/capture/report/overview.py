"""The first pages of a sheet for many files: one line for each, with a small picture, the sum and what is not right."""

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
from kiosk.capture.report.fonts import typeface
from kiosk.capture.report.page import BODY, BOTTOM, COLOURS, HAIR, LEFT, RIGHT, SMALL, SOFT, Page, wrapped
from kiosk.capture.report.parts import SIGNS, foot, masthead
from kiosk.capture.verification.check_file import Checked, Sum
from kiosk.guidance.verdict import Outcome

_FIRST: Final = 400  # px: where the first line begins
_ROW: Final = 148
_THUMB: Final = 120  # px of height
_NAME: Final = 150
_SUM: Final = 760
_WHY: Final = 1010
_PER_PAGE: Final = (BOTTOM - 60 - _FIRST) // _ROW
_NAMED: Final = 5  # rules that are named for one file


@dataclass(frozen=True)
class Entry:
    """A file of the overview: checked, or with the sentence why it could not be; `page` is where its sheet is."""

    name: str
    checked: Checked | None
    problem: str = ""
    page: int | None = None


def draw_overview(
    entries: Sequence[Entry], standard: PhotoStandard, language: str, drawn: date | None = None
) -> list[Image.Image]:
    """A4 pages of 2480 x 3508 px, one line for each of the entries. Raises Problem (sheet.no_font)."""
    say, letters = translations(language), typeface(language)
    parts = [entries[n : n + _PER_PAGE] for n in range(0, len(entries), _PER_PAGE)]
    pages = []
    for number, part in enumerate(parts, 1):
        page = Page(letters)
        masthead(page, standard, say, _worst(entries), say.translate("sheet.overview"), _counts(entries, language))
        for row, entry in enumerate(part):
            _draw(page, _FIRST + row * _ROW, entry, language)
        foot(page, say, drawn, number, len(parts))
        pages.append(page.image)
    return pages


def pages_of(count: int) -> int:
    """How many pages the overview of so many files has."""
    return -(-count // _PER_PAGE)


def _worst(entries: Sequence[Entry]) -> Outcome:
    sums = {None if entry.checked is None else entry.checked.sum for entry in entries}
    if None in sums or Sum.WRONG in sums:
        return Outcome.FAIL
    return Outcome.UNSURE if Sum.UNSURE in sums else Outcome.PASS


def _counts(entries: Sequence[Entry], language: str) -> str:
    """`12 right, 3 not right, 1 not readable`."""
    say = translations(language)
    counts = Counter("unread" if entry.checked is None else entry.checked.sum.value for entry in entries)
    told = [f"{say.translate(f'sheet.sum.{name}')} {counts[name]}" for name in ("right", "wrong", "unsure", "unread")]
    return "   ".join(
        part for part, name in zip(told, ("right", "wrong", "unsure", "unread"), strict=True) if counts[name]
    )


def _draw(page: Page, top: float, entry: Entry, language: str) -> None:
    say = translations(language)
    middle = top + _ROW / 2
    if entry.checked is not None:
        _thumbnail(page, top + (_ROW - _THUMB) / 2, entry.checked.pixels)
    names = wrapped(page.typeface, entry.name, SMALL + 2, _SUM - _NAME - 40, bold=True)[:2]
    _lines(page, LEFT + _NAME, middle, names, bold=True)
    outcome = Outcome.FAIL if entry.checked is None else SIGNS[entry.checked.sum]
    name = "unread" if entry.checked is None else entry.checked.sum.value
    page.sign((LEFT + _SUM + 22, middle), outcome, 44)
    page.text((LEFT + _SUM + 62, middle), say.translate(f"sheet.sum.{name}"), BODY, fill=COLOURS[outcome], anchor="lm")
    why = entry.problem if entry.checked is None else _not_right(entry.checked, language)
    width = RIGHT - LEFT - _WHY - 120
    _lines(page, LEFT + _WHY, middle, wrapped(page.typeface, why, SMALL, width)[:3], bold=False)
    if entry.page is not None:
        page.text((RIGHT, middle), str(entry.page), SMALL, fill=SOFT, anchor="rm")
    page.rule((LEFT, top + _ROW - 2), RIGHT - LEFT, HAIR, 1)


def _lines(page: Page, left: float, middle: float, lines: Sequence[str], bold: bool) -> None:
    """Lines about their middle."""
    for row, line in enumerate(lines):
        at = (left, middle + (row - (len(lines) - 1) / 2) * 41)
        page.text(at, line, SMALL + 2 if bold else SMALL, bold=bold, anchor="lm")


def _not_right(checked: Checked, language: str) -> str:
    """The rules that did not pass, by name."""
    say = translations(language)
    broken = [v for v in checked.judged if v.outcome is Outcome.FAIL] + [
        v for v in checked.judged if v.outcome in (Outcome.UNSURE, Outcome.NOT_MEASURED)
    ]
    names = [say.translate(f"rule.{verdict.rule}") for verdict in broken]
    told = say.translate("sheet.comma").join(names[:_NAMED])
    return told if len(names) <= _NAMED else say.translate("sheet.and_more", rules=told, count=len(names) - _NAMED)


def _thumbnail(page: Page, top: float, pixels: NDArray[np.uint8]) -> None:
    picture = Image.fromarray(pixels)
    picture.thumbnail((_NAME - 30, _THUMB), Image.Resampling.LANCZOS)
    left = LEFT + (_NAME - 30 - picture.width) // 2
    page.image.paste(picture, (left, round(top) + (_THUMB - picture.height) // 2))
