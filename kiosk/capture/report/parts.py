"""What every page of a sheet has: the head with the sum in large letters, headings, and the foot."""

from __future__ import annotations

from datetime import date
from typing import Final

from config.i18n import Translations
from config.standards.registry import PhotoStandard
from kiosk.capture.report.page import ACCENT, BOTTOM, HAIR, HEADING, LEFT, RIGHT, SMALL, SOFT, TITLE, TOP, Page, wrapped
from kiosk.capture.verification.check_file import Sum
from kiosk.guidance.verdict import Outcome

HEAD: Final = 372  # px: where the head of a page ends
SIGNS: Final = {Sum.RIGHT: Outcome.PASS, Sum.WRONG: Outcome.FAIL, Sum.UNSURE: Outcome.UNSURE}


def masthead(page: Page, standard: PhotoStandard, words: Translations, sign: Outcome, title: str, beside: str) -> None:
    """The head: what this is and by which standard; the sum of it, and in brief how it came about."""
    what = words.translate("sheet.title")
    page.text((LEFT, TOP + 6), what, SMALL + 4, bold=True, fill=ACCENT)
    room = RIGHT - LEFT - page.width_of(what, SMALL + 4, True) - 80
    name = f"{standard.name} {standard.version}"
    known = all(page.typeface.has(character) for character in standard.title)  # a Chinese title needs Chinese letters
    by = wrapped(page.typeface, f"{standard.title}   {name}" if known else name, SMALL, room)[0]
    page.text((RIGHT, TOP + 6), by, SMALL, fill=SOFT, anchor="rs")
    page.rule((LEFT, TOP + 28), RIGHT - LEFT, ACCENT, 4)
    page.sign((LEFT + 44, TOP + 116), sign, 88)
    page.text((LEFT + 118, TOP + 150), title, TITLE, bold=True)
    page.text((RIGHT, TOP + 146), beside, HEADING - 6, fill=SOFT, anchor="rs")


def heading(page: Page, y: float, text: str) -> float:
    """A heading across the page; returns where what it heads begins."""
    page.text((LEFT, y + 44), text, SMALL + 4, bold=True, fill=ACCENT)
    page.rule((LEFT, y + 60), RIGHT - LEFT, HAIR, 2)
    return y + 66


def foot(page: Page, words: Translations, drawn: date | None, number: int, count: int) -> None:
    y = BOTTOM + 36
    page.rule((LEFT, y - 44), RIGHT - LEFT, HAIR, 2)
    page.text((LEFT, y), words.translate("sheet.foot"), SMALL - 4, fill=SOFT)
    told = [] if drawn is None else [words.translate("sheet.drawn", date=drawn.isoformat())]
    if count > 1:
        told.append(f"{number} / {count}")
    page.text((RIGHT, y), "   ".join(told), SMALL - 4, fill=SOFT, anchor="rs")
