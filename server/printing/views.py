"""The page on which a user chooses class and sheet, and its PDFs: photos, the list that goes with them, labels."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.errors import Problem
from config.settings.print_sheets import SheetLayout
from server.audit.models import Action
from server.audit.record import record
from server.core.access import error_page
from server.core.language import request_language, request_translations
from server.day.downloads import PDF, attachment
from server.day.table_pdf import draw_tables
from server.day.tables import Column, Table
from server.delivery.access import get_campaign, require_delivery
from server.printing.photos import printable, record_print
from server.printing.prints import classes_of, layouts, make_print
from server.printing.sheet_pdf import draw_labels, unprintable
from server.records.models import Campaign
from server.submissions.models import Submission

_MAX_CLASS: Final = 500
"""Photos in one file; a class has about forty."""
_STATUS: Final = {"printing.nothing": 422, "printing.unreadable": 503}


def _problems_as_pages(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Show a mistake in the school's own sheets, or a typeface that is not installed, as a page with its sentence."""

    @wraps(view)
    def with_error_page(request: HttpRequest, code: str) -> HttpResponse:
        try:
            return view(request, code)
        except Problem as problem:
            sentence = problem.in_language(request_language(request))
            return render(request, "core/error.html", {"sentence": sentence}, status=503)

    return with_error_page


@require_safe
@require_delivery
@_problems_as_pages
def page(request: HttpRequest, code: str) -> HttpResponse:
    campaign = get_campaign(request, code)
    language = request_language(request)
    by_name = layouts()
    context = {
        "campaign": campaign,
        "classes": classes_of(campaign),
        "sheets": [(name, one.title[language]) for name, one in by_name.items() if one.kind != "labels"],
        "labels": [(name, one.title[language]) for name, one in by_name.items() if one.kind == "labels"],
        "key": secrets.token_hex(16),
    }
    return render(request, "printing/page.html", context)


@require_POST
@require_delivery
@_problems_as_pages
def sheets(request: HttpRequest, code: str) -> HttpResponse:
    """Return the photo sheets. Photos printed on this sheet before are marked, unless the same form is sent twice."""
    campaign, name = get_campaign(request, code), request.POST.get("sheet", "")
    layout = _layout(name, ("student", "class"))
    key = "".join(filter(str.isalnum, request.POST.get("key", "")))[:32] or secrets.token_hex(16)
    try:
        photo_print = make_print(_submissions(request, campaign), name, layout, key, request_language(request))
    except Problem as problem:
        if problem.key not in _STATUS:
            raise
        return error_page(request, problem.key, _STATUS[problem.key], **problem.values)
    record_print(photo_print.photos, name, key, request.user, timezone.now())
    count, reprints = len(photo_print.photos), photo_print.reprints
    _record(request, campaign, "sheets printed", sheet=name, count=count, reprints=reprints)
    return attachment(photo_print.pdf, PDF, f"photos-{code}-{name}-{timezone.localdate()}.pdf")


@require_POST
@require_delivery
@_problems_as_pages
def class_list(request: HttpRequest, code: str) -> HttpResponse:
    campaign, language = get_campaign(request, code), request_language(request)
    rows = _submissions(request, campaign)
    if not rows:
        return error_page(request, "printing.nothing", 422)
    by_hand = unprintable([row.student for row in rows], language)
    content = draw_tables(campaign, [_list_table(request, rows, by_hand)], language, timezone.now())
    _record(request, campaign, "list printed", count=len(rows))
    return attachment(content, PDF, f"list-{code}-{timezone.localdate()}.pdf")


@require_POST
@require_delivery
@_problems_as_pages
def labels(request: HttpRequest, code: str) -> HttpResponse:
    campaign = get_campaign(request, code)
    layout = _layout(request.POST.get("sheet", ""), ("labels",))
    students = [row.student for row in _submissions(request, campaign)]
    if not students:
        return error_page(request, "printing.nothing", 422)
    content = draw_labels(layout, campaign, students, request_language(request))
    _record(request, campaign, "labels printed", count=len(students))
    return attachment(content, PDF, f"labels-{code}-{timezone.localdate()}.pdf")


def _layout(name: str, kinds: tuple[str, ...]) -> SheetLayout:
    layout = layouts().get(name)
    if layout is None or layout.kind not in kinds:
        raise Http404
    return layout


def _submissions(request: HttpRequest, campaign: Campaign) -> list[Submission]:
    chosen = request.POST.get("class", "")
    if chosen not in dict(classes_of(campaign)):
        raise Http404
    return printable(campaign, chosen)[:_MAX_CLASS]


def _list_table(request: HttpRequest, rows: Sequence[Submission], by_hand: Sequence[str]) -> Table:
    columns = (
        Column("printing.number", 0.5, number=True),
        Column("roster.column_student_no", 1.6),
        Column("roster.column_name", 1.6),
        Column("roster.column_class_name", 2.0),
    )
    cells = [
        (place, row.student.student_no or row.student.candidate_no, row.student.name, row.student.class_name)
        for place, row in enumerate(rows, 1)
    ]
    tr = request_translations(request)
    note = tr.translate("printing.by_hand", count=len(by_hand), names="、".join(by_hand)) if by_hand else ""
    return Table("printing.list", columns, cells, note=note)


def _record(request: HttpRequest, campaign: Campaign, change: str, **details: Any) -> None:
    chosen = request.POST.get("class", "")
    record(
        Action.RECORD_CHANGED, f"campaign {campaign.pk}", request=request, change=change, class_name=chosen, **details
    )
