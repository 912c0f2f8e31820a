"""The statement as PDF and as workbook."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.errors import Problem
from server.audit.models import Action
from server.audit.record import record
from server.core.access import error_page
from server.core.language import request_language
from server.day.downloads import PDF, XLSX, attachment
from server.day.table_pdf import draw_tables
from server.day.workbook import workbook_of
from server.payment_office.access import get_campaign, require_office
from server.payment_office.statement import Statement, statement_of, statement_table


@require_safe
@require_office
def statement_pdf(request: HttpRequest, code: str) -> HttpResponse:
    statement, language = _statement(request, code), request_language(request)
    table = statement_table(statement, language)
    try:
        content = draw_tables(statement.campaign, [table], language, statement.made_at)
    except Problem as problem:  # no font with Chinese
        return error_page(request, problem.key, 503, **problem.values)
    return attachment(content, PDF, f"statement-{code}-{timezone.localdate()}.pdf")


@require_safe
@require_office
def statement_xlsx(request: HttpRequest, code: str) -> HttpResponse:
    statement, language = _statement(request, code), request_language(request)
    content = workbook_of([statement_table(statement, language)], language)
    return attachment(content, XLSX, f"statement-{code}-{timezone.localdate()}.xlsx")


def _statement(request: HttpRequest, code: str) -> Statement:
    campaign = get_campaign(request, code)
    record(Action.RECORD_CHANGED, f"campaign {code}", request=request, change="statement_downloaded")
    return statement_of(campaign, timezone.now())
