"""Choose class and sheet, and get the PDF: photos, the list that goes with them, or labels."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.errors import Problem
from config.settings.print_sheets import SheetLayout, sheet_layouts
from server.audit.models import Action
from server.audit.record import record
from server.core.access import error_page
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.day.downloads import PDF, attachment
from server.day.table_pdf import draw_tables
from server.day.tables import Column, Table
from server.delivery.access import get_campaign, require_delivery
from server.printing.photos import Photo, picture_of, printable, record_print, with_reprints
from server.printing.sheet_pdf import draw_labels, draw_photo_sheets, unprintable
from server.records.models import Campaign
from server.submissions.models import Submission

_MAX_CLASS: Final = 500
"""Photos in one file; a class has some forty."""


def _problems_as_pages(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Show a mistake in the school's own sheets, or a typeface that is not installed, as a page with its sentence."""

    @wraps(view)
    def shown(request: HttpRequest, code: str) -> HttpResponse:
        try:
            return view(request, code)
        except Problem as problem:
            sentence = problem.in_language(request_language(request))
            return render(request, "core/error.html", {"sentence": sentence}, status=503)

    return shown


@require_safe
@require_delivery
@_problems_as_pages
def page(request: HttpRequest, code: str) -> HttpResponse:
    campaign = get_campaign(request, code)
    language = request_language(request)
    layouts = _layouts()
    context = {
        "campaign": campaign,
        "classes": _classes(campaign),
        "sheets": [(name, one.title[language]) for name, one in layouts.items() if one.kind != "labels"],
        "labels": [(name, one.title[language]) for name, one in layouts.items() if one.kind == "labels"],
        "key": secrets.token_hex(16),
    }
    return render(request, "printing/page.html", context)


@require_POST
@require_delivery
@_problems_as_pages
def sheets(request: HttpRequest, code: str) -> HttpResponse:
    """The photos. What was printed on this sheet before is marked, unless the same form is sent twice."""
    campaign, name = get_campaign(request, code), request.POST.get("sheet", "")
    layout = _layout(name, ("student", "class"))
    key = "".join(filter(str.isalnum, request.POST.get("key", "")))[:32] or secrets.token_hex(16)
    photos = with_reprints(_submissions(request, campaign), name, key)
    if not photos:
        return error_page(request, "printing.nothing", 422)
    filled, lost = _with_pictures(photos, layout)
    if lost:
        return error_page(request, "printing.unreadable", 503, count=len(lost), names="、".join(lost[:10]))
    content = draw_photo_sheets(layout, filled, request_language(request))
    record_print(photos, name, key, request.user, timezone.now())
    _record(request, campaign, "sheets printed", sheet=name, count=len(photos), reprints=_reprints(photos))
    return attachment(content, PDF, f"photos-{code}-{name}-{timezone.localdate()}.pdf")


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


def _layouts() -> dict[str, SheetLayout]:
    return sheet_layouts(settings.APP.delivery.print_sheets)


def _layout(name: str, kinds: tuple[str, ...]) -> SheetLayout:
    layout = _layouts().get(name)
    if layout is None or layout.kind not in kinds:
        raise Http404
    return layout


def _submissions(request: HttpRequest, campaign: Campaign) -> list[Submission]:
    chosen = request.POST.get("class", "")
    if chosen not in dict(_classes(campaign)):
        raise Http404
    return printable(campaign, chosen)[:_MAX_CLASS]


def _classes(campaign: Campaign) -> list[tuple[str, int]]:
    counted = campaign.students.order_by().values_list("class_name").annotate(count=Count("pk"))
    return [(name, count) for name, count in counted.order_by("class_name")]


def _with_pictures(photos: Sequence[Photo], layout: SheetLayout) -> tuple[list[Photo], list[str]]:
    """Return the photos with their pictures, and the masked names of those whose file cannot be read."""
    width, height = layout.photo
    filled, lost = [], []
    for photo in photos:
        try:
            filled.append(replace(photo, jpeg=picture_of(photo.submission, width / height, layout.rotated)))
        except (OSError, ApiError):
            lost.append(photo.student.masked_name)
    return filled, lost


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


def _reprints(photos: Sequence[Photo]) -> int:
    return sum(photo.is_reprint for photo in photos)


def _record(request: HttpRequest, campaign: Campaign, change: str, **details: Any) -> None:
    chosen = request.POST.get("class", "")
    record(
        Action.RECORD_CHANGED, f"campaign {campaign.pk}", request=request, change=change, class_name=chosen, **details
    )
