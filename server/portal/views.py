"""The student's progress page, opened by the receipt's QR without signing in; the portrait only after a question."""

from __future__ import annotations

import hmac
import time

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from server.core.throttle import Throttle
from server.portal.progress import progress_of
from server.records.models import Student
from server.stations.models import ProgressLink
from server.stations.roster import token_hash
from server.submissions.intake import store


@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    return _page(request, _student(token), token)


@require_POST
def unlock(request: HttpRequest, token: str) -> HttpResponse:
    """Opens the portrait for this browser for a while, if the last four characters of the ID number are right."""
    student = _student(token)
    throttle = Throttle("unlock", settings.HOUSE.throttle.unlock_tries)
    if not throttle.allow(student.id):
        return _page(request, student, token, "progress.too_many", status=429)
    typed = request.POST.get("last_four", "").strip().upper()
    if not hmac.compare_digest(typed.encode(), student.last_four.encode()):
        return _page(request, student, token, "progress.wrong_four", status=403)
    throttle.succeeded(student.id)
    request.session[_mark(student)] = time.time() + settings.HOUSE.session.unlock_minutes * 60
    return redirect("portal:page", token=token)


@require_safe
def portrait(request: HttpRequest, token: str) -> HttpResponseBase:
    student = _student(token)
    latest = progress_of(student).latest
    if not _unlocked(request, student) or latest is None or latest.portrait_sha256 is None:
        raise Http404
    return FileResponse(store().path(latest.portrait_sha256).open("rb"), content_type="image/jpeg")


def _student(token: str) -> Student:
    """By a receipt's own link, or by the link that receipts carried before every receipt had its own."""
    students = Student.objects.select_related("campaign", "campaign__school")
    link = ProgressLink.objects.filter(token_hash=token_hash(token)).first()
    if link is not None:
        return students.get(pk=link.student_id)  # type: ignore[attr-defined]
    return get_object_or_404(students, token=token)


def _page(request: HttpRequest, student: Student, token: str, wrong: str = "", status: int = 200) -> HttpResponse:
    context = {
        "token": token,
        "student": student,
        "campaign": student.campaign,
        "progress": progress_of(student),
        "unlocked": _unlocked(request, student),
        "wrong": wrong,
        "minutes": settings.HOUSE.throttle.minutes,
    }
    return render(request, "portal/progress.html", context, status=status)


def _unlocked(request: HttpRequest, student: Student) -> bool:
    until: float = request.session.get(_mark(student), 0.0)
    return until > time.time()


def _mark(student: Student) -> str:
    return f"portrait:{student.id}"
