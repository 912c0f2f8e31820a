"""The sidebar of the drawing: the counts of verdicts, the file's properties, the background as a swatch."""

from __future__ import annotations

from collections import Counter
from typing import Final

from config.i18n import Translations
from config.standards.registry import PhotoStandard
from kiosk.capture.report.number_format import format_number
from kiosk.capture.report.page import ACCENT, BODY, COLOURS, HAIRLINE, HEADING, INK, LINE, MUTED, SMALL, Page
from kiosk.capture.report.wording import colour_name
from kiosk.capture.verification.check_file import CheckReport
from kiosk.guidance.verdict import Outcome

_LABEL_WIDTH_PX: Final = 196  # px of the properties' names
_HASH_DIGITS: Final = 16  # enough to distinguish files; the output of --json has the whole hash


def draw_sidebar(
    page: Page,
    at: tuple[float, float],
    width: float,
    report: CheckReport,
    standard: PhotoStandard,
    translations: Translations,
) -> float:
    """Draw the sidebar below `at` in `width`; return its lower end."""
    y = _draw_counts(page, at, width, report, translations)
    if report.fault is not None:
        text = translations.translate(report.fault.key, **report.fault.values)
        y += 20 + page.paragraph((at[0], y + 20), text, SMALL, width, fill=COLOURS[Outcome.FAIL])
    y = _draw_file_properties(page, (at[0], y + 50), width, report, translations)
    return _draw_background(page, (at[0], y + 50), width, report, standard, translations)


def _draw_counts(
    page: Page, at: tuple[float, float], width: float, report: CheckReport, translations: Translations
) -> float:
    counts = Counter(verdict.outcome for verdict in report.evaluated)
    y = _draw_heading(page, at, width, translations.translate("sheet.verdicts"))
    for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.UNSURE, Outcome.NOT_MEASURED):
        y += 54
        faint = counts[outcome] == 0
        page.symbol((at[0] + 18, y - 13), outcome, 36)
        page.text((at[0] + 58, y), translations.translate(f"outcome.{outcome}"), BODY, fill=MUTED if faint else INK)
        page.text(
            (at[0] + width, y), str(counts[outcome]), BODY, bold=not faint, fill=MUTED if faint else INK, anchor="rs"
        )
    if report.manual:
        y += 54
        questions = translations.translate("sheet.manual_count", count=len(report.manual))
        page.box((at[0] + 2, y - 29, at[0] + 34, y + 3), outline=INK, weight=3)
        page.text((at[0] + 58, y), questions, BODY)
    return y


def _draw_file_properties(
    page: Page, at: tuple[float, float], width: float, report: CheckReport, translations: Translations
) -> float:
    facts = report.facts
    rows = {
        "sheet.file": facts.name or "–",
        "sheet.kind": facts.kind,
        "sheet.size": f"{facts.width} × {facts.height} px",
        "sheet.resolution": "–" if facts.dpi is None else f"{format_number(facts.dpi, 'dpi')} dpi",
        "sheet.bytes": f"{facts.bytes:,} B".replace(",", " "),
        "sheet.colour": f"{facts.colour_bits} bit",
        "sheet.quality": "–" if facts.jpeg_quality is None else format_number(facts.jpeg_quality, ""),
        "sheet.sha": facts.sha256[:_HASH_DIGITS] + "…",
    }
    y = _draw_heading(page, at, width, translations.translate("sheet.facts")) + 14
    for key, value in rows.items():
        page.text((at[0], y + 0.76 * SMALL * LINE), translations.translate(key), SMALL, fill=MUTED)
        y += page.paragraph((at[0] + _LABEL_WIDTH_PX, y), value, SMALL, width - _LABEL_WIDTH_PX) + 4
    return y


def _draw_background(
    page: Page,
    at: tuple[float, float],
    width: float,
    report: CheckReport,
    standard: PhotoStandard,
    translations: Translations,
) -> float:
    """Draw the required and the measured colour as adjacent swatches, on which a difference is visible as an edge."""
    required = standard.output.backgrounds[report.background]
    measured = report.background_mean
    y = _draw_heading(page, at, width, translations.translate("sheet.background")) + 24
    half, height = 64, 84
    page.box((at[0], y, at[0] + half + 1, y + height + 1), fill=required)
    if measured is not None:
        page.box((at[0] + half, y, at[0] + 2 * half + 1, y + height + 1), fill=measured)
    page.box((at[0], y, at[0] + 2 * half + 1, y + height + 1), outline=HAIRLINE, weight=2)
    for row, (key, colour) in enumerate((("sheet.required", required), ("sheet.measured", measured))):
        text = "–" if colour is None else ", ".join(str(part) for part in colour)
        page.text((at[0] + 2 * half + 24, y + 30 + row * 44), f"{translations.translate(key)}  {text}", SMALL - 2)
    y += height + 10
    if report.background_matched:
        name = colour_name(report.background, translations)
        y += page.paragraph((at[0], y), translations.translate("sheet.nearest", colour=name), SMALL, width, fill=MUTED)
    for note in report.notes:
        y += page.paragraph((at[0], y), translations.translate(note.key, **note.values), SMALL, width)
    return y


def _draw_heading(page: Page, at: tuple[float, float], width: float, text: str) -> float:
    """Draw a small heading over a line; return the position of the line."""
    page.text((at[0], at[1] + HEADING * 0.8), text, SMALL + 4, bold=True, fill=ACCENT)
    page.rule((at[0], at[1] + HEADING * 0.8 + 16), width, HAIRLINE, 2)
    return at[1] + HEADING * 0.8 + 18
