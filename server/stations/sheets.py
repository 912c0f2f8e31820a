"""Sheets of photos for a station's printer: of the station's campaigns alone, by the rules of the office's print."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import Count
from django.http import HttpResponse

from config.errors import Problem
from config.i18n import Message
from kiosk.upload.sheets import (
    PHOTOS_HEADER,
    REPRINTS_HEADER,
    SHEETS_HEADER,
    SheetChoices,
    SheetClass,
    SheetKind,
    SheetRequest,
    SheetStudent,
    SheetStudents,
)
from server.audit.models import Action
from server.audit.record import record
from server.core.api_errors import ApiError
from server.printing.photos import printable, printable_in, record_print
from server.printing.prints import make_print, photo_layouts
from server.records.models import Campaign
from server.stations.models import Station
from server.stations.roster import retained
from server.submissions.models import Submission

MAX_CLASS: Final = 500


def sheet_choices(station: Station, now: datetime) -> SheetChoices:
    """Return the sheets, and the classes of the station's campaigns that have portraits to print."""
    _require_allowed()
    kinds = [
        SheetKind(name=name, kind=layout.kind, title=layout.title, paper=layout.paper)
        for name, layout in photo_layouts().items()
    ]
    classes = []
    for campaign in _campaigns(station, now):
        counts = printable_in(campaign).order_by().values_list("student__class_name").annotate(count=Count("pk"))
        classes += [
            SheetClass(campaign=campaign.pk, campaign_title=campaign.title, name=name, photos=count)
            for name, count in counts.order_by("student__class_name")
        ]
    return SheetChoices(sheets=tuple(kinds), classes=tuple(classes[:5000]))


def sheet_students(station: Station, campaign: str, class_name: str, now: datetime) -> SheetStudents:
    """Return the students of a class whose portraits may be printed."""
    rows = printable(_campaign(station, campaign, now), class_name)
    students = [
        SheetStudent(id=row.student_id, name=row.student.masked_name, student_no=row.student.student_no or "")
        for row in rows[:MAX_CLASS]
    ]
    return SheetStudents(students=tuple(students))


def sheet_pdf(station: Station, request: SheetRequest, now: datetime) -> HttpResponse:
    """Return the PDF, recorded as printed. Raises ApiError: sheet_unknown, nothing_to_print, sheet_failed."""
    campaign = _campaign(station, request.campaign, now)
    layout = photo_layouts().get(request.sheet)
    if layout is None:
        raise ApiError("refused.sheet_unknown")
    rows = _chosen(campaign, request)
    if not rows:
        raise ApiError("refused.nothing_to_print")
    try:
        photo_print = make_print(rows, request.sheet, layout, request.key, request.language)
    except Problem as problem:
        raise ApiError("refused.sheet_failed", why=Message(problem.key, problem.values)) from problem
    record_print(photo_print.photos, request.sheet, request.key, None, now, station)
    record(
        Action.RECORD_CHANGED,
        f"campaign {campaign.pk}",
        station_name=station.name,
        change="sheets printed",
        sheet=request.sheet,
        class_name=request.class_name,
        count=len(photo_print.photos),
        reprints=photo_print.reprints,
    )
    counts = {
        SHEETS_HEADER: photo_print.sheets,
        PHOTOS_HEADER: len(photo_print.photos),
        REPRINTS_HEADER: photo_print.reprints,
    }
    headers = {"Cache-Control": "private, no-store", **{name: str(count) for name, count in counts.items()}}
    return HttpResponse(photo_print.pdf, content_type="application/pdf", headers=headers)


def _require_allowed() -> None:
    """Raise ApiError sheets_off unless the school allows sheets, which show complete names and portraits of others."""
    if not settings.APP.delivery.station_sheets:
        raise ApiError("refused.sheets_off")


def _chosen(campaign: Campaign, request: SheetRequest) -> list[Submission]:
    rows = printable(campaign, request.class_name)[:MAX_CLASS]
    return [row for row in rows if row.student_id == request.student] if request.student else rows


def _campaigns(station: Station, now: datetime) -> list[Campaign]:
    """Return the campaigns of the station's roster, the latest first."""
    campaigns, _ = retained(station, now)
    return sorted(campaigns, key=lambda one: (one.closes_at, one.pk), reverse=True)


def _campaign(station: Station, code: str, now: datetime) -> Campaign:
    """Return a campaign of the station. Raises ApiError: sheets_off, and class_unknown, also for other campaigns."""
    _require_allowed()
    found = next((one for one in _campaigns(station, now) if one.pk == code), None)
    if found is None:
        raise ApiError("refused.class_unknown")
    return found
