"""The list of students without a photo (补拍名单): on the screen, printed, and as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kiosk.upload.roster_payload import StudentState
from server.core.language import request_language
from server.day.access import get_campaign, may_open_windows, require_day
from server.day.counts import without_photo
from server.day.downloads import XLSX, attachment
from server.day.make_up_form import MakeUpForm
from server.day.student_state import DayState, day_state, is_capture_over
from server.day.student_table import student_table
from server.day.workbook import workbook_of
from server.records.models import Campaign, Student
from server.records.window_models import CaptureWindow

PER_PAGE: Final = 50
_COLUMNS: Final = (
    "id", "campaign_id", "name", "student_no", "candidate_no", "class_name", "last_four", "state", "resubmit_until",
    "make_up_window",
)  # fmt: skip


@dataclass(frozen=True)
class AbsentStudent:
    student: Student
    state: DayState


@require_safe
@require_day
def absent_list(request: HttpRequest, code: str) -> HttpResponse:
    campaign = get_campaign(request, code)
    form = MakeUpForm(campaign=campaign, classes=absent_classes(campaign))
    return render_list(request, campaign, form)


@require_safe
@require_day
def print_list(request: HttpRequest, code: str) -> HttpResponse:
    """Show all students on one page, by class."""
    campaign, now = get_campaign(request, code), timezone.now()
    students = absent_students(campaign, request.GET.get("class", ""))
    context = {"campaign": campaign, "now": now, "rows": list(with_states(campaign, students, now))}
    return render(request, "day/print.html", context)


@require_safe
@require_day
def workbook(request: HttpRequest, code: str) -> HttpResponse:
    campaign, now, language = get_campaign(request, code), timezone.now(), request_language(request)
    rows = with_states(campaign, absent_students(campaign), now)
    content = workbook_of([student_table(((row.student, row.state) for row in rows), language)], language)
    return attachment(content, XLSX, f"absent-{campaign.pk}-{timezone.localdate(now)}.xlsx")


def absent_students(campaign: Campaign, class_name: str = "") -> QuerySet[Student]:
    """Return the students in the order of the list, reading only the columns that it shows."""
    students = without_photo(campaign.students.all())
    if class_name:
        students = students.filter(class_name=class_name)
    return students.select_related("make_up_window").only(*_COLUMNS).order_by("class_name", "student_no", "id")


def absent_classes(campaign: Campaign) -> list[tuple[str, int]]:
    """Return the classes of the students without a photo, each with the number of these students."""
    grouped = without_photo(campaign.students.all()).order_by("class_name").values("class_name")
    return list(grouped.annotate(count=Count("pk")).values_list("class_name", "count"))


def with_states(campaign: Campaign, students: Iterable[Student], now: datetime) -> Iterator[AbsentStudent]:
    over = is_capture_over(campaign, now)
    return (AbsentStudent(student, day_state(student, over, now)) for student in students)


def render_list(request: HttpRequest, campaign: Campaign, form: MakeUpForm, status: int = 200) -> HttpResponse:
    now, chosen = timezone.now(), request.GET.get("class", "")[:60]
    page = Paginator(absent_students(campaign, chosen), PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "campaign": campaign,
        "page": page,
        "rows": list(with_states(campaign, page.object_list, now)),
        "classes": form.classes,
        "chosen": chosen,
        "number_of_all": sum(count for _, count in form.classes),
        "is_over": is_capture_over(campaign, now),
        "windows": make_up_windows(campaign),
        "form": form if may_open_windows(request.user, campaign) else None,
        "now": now,
    }
    return render(request, "day/absent.html", context, status=status)


def make_up_windows(campaign: Campaign) -> QuerySet[CaptureWindow]:
    """Return the windows that have students, each with the number of its students and of those captured since."""
    captured = Q(students__state=StudentState.CAPTURED.value)
    counted = campaign.windows.annotate(invited=Count("students"), made_up=Count("students", filter=captured))
    return counted.filter(invited__gt=0)
