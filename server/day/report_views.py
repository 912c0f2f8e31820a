"""The report of a capture day as PDF and as workbook."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.errors import Problem
from server.core.access import error_page
from server.core.language import request_language
from server.day.access import get_campaign, require_day
from server.day.downloads import PDF, XLSX, attachment
from server.day.report import DayReport, day_report, default_day
from server.day.report_pdf import draw_report
from server.day.report_tables import MAX_STUDENTS_IN_PDF, report_tables
from server.day.workbook import workbook_of
from server.submissions.visibility import submissions_of


@require_safe
@require_day
def report_pdf(request: HttpRequest, code: str) -> HttpResponse:
    report, language = _report(request, code), request_language(request)
    try:
        content = draw_report(report, report_tables(report, language, MAX_STUDENTS_IN_PDF), language)
    except Problem as problem:  # no font with Chinese
        return error_page(request, problem.key, 503, **problem.values)
    return attachment(content, PDF, f"day-{report.campaign.pk}-{report.day}.pdf")


@require_safe
@require_day
def report_xlsx(request: HttpRequest, code: str) -> HttpResponse:
    report, language = _report(request, code), request_language(request)
    return attachment(
        workbook_of(report_tables(report, language), language), XLSX, f"day-{report.campaign.pk}-{report.day}.xlsx"
    )


def _report(request: HttpRequest, code: str) -> DayReport:
    """Return the report of the day in `?date=`, or else of `default_day`."""
    campaign, now = get_campaign(request, code), timezone.now()
    return day_report(campaign, submissions_of(request.user), _day(request) or default_day(campaign, now), now)


def _day(request: HttpRequest) -> date | None:
    try:
        day = date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return None
    return day if 1970 <= day.year <= 2100 else None
