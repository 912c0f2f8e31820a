"""The report of a capture day as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from config.i18n import Translations, translations
from kiosk.capture.report.fonts import typeface_for
from kiosk.capture.report.page import HAIRLINE, HEADING, LEFT, MUTED, SMALL, TITLE
from kiosk.capture.report.pdf_pages import PdfDocument
from server.day.counts import total
from server.day.report import DayReport
from server.day.table_pdf import GAP_PX, WIDTH, TableLayout
from server.day.tables import Table

_FIGURES: Final = ("expected", "captured", "approved", "made_up", "absent")


def draw_report(report: DayReport, tables: Sequence[Table], language: str) -> bytes:
    """Return the PDF. Raises Problem (sheet.no_font) on a machine without a suitable font."""
    typeface = typeface_for(language)
    layout = _ReportLayout(typeface, language)
    layout.draw_head(report)
    for table in tables:
        layout.draw_table(table)
    title = f"{translations(language).translate('day.report.title')} {report.campaign.title} {report.day}"
    document = PdfDocument(typeface, title, language, report.day)
    for page in layout.pages_with_footers(f"{report.campaign.title} · {report.day}"):
        document.add(page)
    return document.to_bytes()


class _ReportLayout(TableLayout):
    """Tables below a head with the five figures of the day."""

    def draw_head(self, report: DayReport) -> None:
        """Title in both languages, the campaign, and the five figures."""
        campaign = report.campaign
        self.draw_origin(campaign, report.made_at)
        self.draw_title("day.report.title", TITLE, HEADING)
        self.y += 40
        self.draw_line(f"{campaign.title}  ·  {campaign.pk}  ·  {_weekday(self._tr, report.day)}")
        self._draw_figures(report)

    def _draw_figures(self, report: DayReport) -> None:
        counts, page = total(report.classes), self.page
        width = (WIDTH - 4 * GAP_PX) / len(_FIGURES)
        numbers = {name: getattr(counts, name) for name in _FIGURES} | {"absent": counts.absent + counts.present}
        for place, name in enumerate(_FIGURES):
            left = LEFT + place * (width + GAP_PX)
            page.box((left, self.y, left + width, self.y + 190), outline=HAIRLINE, weight=3)
            page.text((left + 30, self.y + 100), str(numbers[name]), TITLE - 24, bold=True)
            key = "day.report.without_photo" if name == "absent" else f"day.{name}"
            page.text((left + 30, self.y + 155), self._tr.translate(key), SMALL, fill=MUTED)
        self.y += 190 + 30


def _weekday(tr: Translations, day: date) -> str:
    return f"{day} {tr.translate(f'day.weekday.{day.isoweekday()}')}"
