"""What stands beside the drawing: the sum, the facts of the file, the background as a swatch."""

from __future__ import annotations

from collections import Counter
from typing import Final

from config.i18n import Translations
from config.standards.registry import PhotoStandard
from kiosk.capture.report.figures import number
from kiosk.capture.report.page import ACCENT, BODY, HAIR, HEADING, INK, LINE, SMALL, SOFT, Page
from kiosk.capture.verification.check_file import Checked
from kiosk.guidance.verdict import Outcome

_LABEL: Final = 196  # px of the facts' names
_SHA: Final = 16  # digits of the hash that are shown: enough to tell files apart, the whole is in --json


def draw_side(
    page: Page, at: tuple[float, float], width: float, checked: Checked, standard: PhotoStandard, words: Translations
) -> float:
    """Draws below `at` in `width`; returns where it ends."""
    y = _counts(page, at, width, checked, words)
    y = _facts(page, (at[0], y + 50), width, checked, words)
    return _background(page, (at[0], y + 50), width, checked, standard, words)


def _counts(page: Page, at: tuple[float, float], width: float, checked: Checked, words: Translations) -> float:
    counts = Counter(verdict.outcome for verdict in checked.judged)
    y = _heading(page, at, width, words.translate("sheet.verdicts"))
    for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.UNSURE, Outcome.NOT_MEASURED):
        y += 54
        faint = counts[outcome] == 0
        page.sign((at[0] + 18, y - 13), outcome, 36)
        page.text((at[0] + 58, y), words.translate(f"outcome.{outcome}"), BODY, fill=SOFT if faint else INK)
        page.text(
            (at[0] + width, y), str(counts[outcome]), BODY, bold=not faint, fill=SOFT if faint else INK, anchor="rs"
        )
    return y


def _facts(page: Page, at: tuple[float, float], width: float, checked: Checked, words: Translations) -> float:
    facts = checked.facts
    rows = {
        "sheet.file": facts.name or "–",
        "sheet.kind": facts.kind,
        "sheet.size": f"{facts.width} × {facts.height} px",
        "sheet.resolution": "–" if facts.dpi is None else f"{number(facts.dpi, 'dpi')} dpi",
        "sheet.bytes": f"{facts.bytes:,} B".replace(",", " "),
        "sheet.colour": f"{facts.colour_bits} bit",
        "sheet.quality": "–" if facts.jpeg_quality is None else number(facts.jpeg_quality, ""),
        "sheet.sha": facts.sha256[:_SHA] + "…",
    }
    y = _heading(page, at, width, words.translate("sheet.facts")) + 14
    for key, value in rows.items():
        page.text((at[0], y + 0.76 * SMALL * LINE), words.translate(key), SMALL, fill=SOFT)
        y += page.paragraph((at[0] + _LABEL, y), value, SMALL, width - _LABEL) + 4
    return y


def _background(
    page: Page, at: tuple[float, float], width: float, checked: Checked, standard: PhotoStandard, words: Translations
) -> float:
    """Two swatches that touch, wanted and found: a difference shows as an edge."""
    wanted = standard.output.backgrounds[checked.background]
    found = None if checked.background_mean is None else checked.background_mean
    y = _heading(page, at, width, words.translate("sheet.background")) + 24
    half = 84
    page.draw.rectangle((at[0], y, at[0] + half, y + half), fill=wanted)
    if found is not None:
        page.draw.rectangle((at[0] + half, y, at[0] + 2 * half, y + half), fill=found)
    page.draw.rectangle((at[0], y, at[0] + 2 * half, y + half), outline=HAIR, width=2)
    for row, (key, colour) in enumerate((("sheet.wanted", wanted), ("sheet.found", found))):
        told = "–" if colour is None else ", ".join(str(part) for part in colour)
        page.text((at[0] + 2 * half + 24, y + 30 + row * 44), f"{words.translate(key)}  {told}", SMALL - 2)
    y += half + 10
    if checked.background_found:
        name = colour_said(checked.background, words)
        y += page.paragraph((at[0], y), words.translate("sheet.nearest", colour=name), SMALL, width, fill=SOFT)
    return y


def colour_said(name: str, words: Translations) -> str:
    """A standard's colour by its usual name, or by the one that a school gave it."""
    key = f"sheet.colour.{name}"
    return words.translate(key) if words.has(key) else name


def _heading(page: Page, at: tuple[float, float], width: float, text: str) -> float:
    """A small heading over a line; returns the line's place."""
    page.text((at[0], at[1] + HEADING * 0.8), text, SMALL + 4, bold=True, fill=ACCENT)
    page.rule((at[0], at[1] + HEADING * 0.8 + 16), width, HAIR, 2)
    return at[1] + HEADING * 0.8 + 18
