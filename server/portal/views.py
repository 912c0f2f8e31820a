"""The student's progress page, opened by the receipt's QR code without signing in; the portrait needs the last four
characters of the ID number."""

from __future__ import annotations

import hmac
import time
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.core.api_errors import ApiError
from server.core.language import request_language
from server.core.throttle import Throttle
from server.notices.receipts import record_page_opened
from server.portal.progress import progress_of
from server.records.models import Student
from server.stations.models import ProgressLink
from server.stations.roster import token_hash
from server.submissions.actor import Actor
from server.submissions.clock import run_due_transitions
from server.submissions.guards import retakes_used
from server.submissions.intake import picture_store
from server.submissions.rules import Action
from server.submissions.workflow import apply

STUDENT_ACTIONS: Final = (Action.CONFIRM, Action.RETAKE)


@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    student = _get_student(token)
    record_page_opened(student, timezone.now())
    return _render_page(request, student, token)


@require_POST
def unlock(request: HttpRequest, token: str) -> HttpResponse:
    """Unlock the portrait in this browser for a limited time if the last four characters of the ID number are right."""
    student = _get_student(token)
    throttle = Throttle("unlock", settings.APP.throttle.unlock_tries)
    if not throttle.allow(student.id):
        return _render_page(request, student, token, "progress.too_many", status=429)
    typed = request.POST.get("last_four", "").strip().upper()
    if not hmac.compare_digest(typed.encode(), student.last_four.encode()):
        return _render_page(request, student, token, "progress.wrong_four", status=403)
    throttle.succeeded(student.id)
    request.session[_session_key(student)] = time.time() + settings.APP.session.unlock_minutes * 60
    return redirect("portal:page", token=token)


@require_POST
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm the portrait, or ask for a retake; only where the portrait is unlocked, so that it was seen."""
    student, action = _get_student(token), request.POST.get("action", "")
    latest = progress_of(student).latest
    if not _is_unlocked(request, student) or latest is None or action not in STUDENT_ACTIONS:
        raise Http404
    try:
        apply(latest.pk, action, Actor(student=student), timezone.now())
    except ApiError as api_error:
        messages.error(request, api_error.in_language(request_language(request)))
    return redirect("portal:page", token=token)


@require_safe
def portrait(request: HttpRequest, token: str) -> HttpResponseBase:
    student = _get_student(token)
    latest = progress_of(student).latest
    if not _is_unlocked(request, student) or latest is None or latest.portrait_sha256 is None:
        raise Http404
    return FileResponse(picture_store().path(latest.portrait_sha256).open("rb"), content_type="image/jpeg")


def _get_student(token: str) -> Student:
    """Find the student by the receipt's own token, or by the older token of the student."""
    students = Student.objects.select_related("campaign", "campaign__school")
    link = ProgressLink.objects.filter(token_hash=token_hash(token)).first()
    if link is not None:
        return students.get(pk=link.student_id)
    return get_object_or_404(students, progress_token=token)


def _render_page(
    request: HttpRequest, student: Student, token: str, error_key: str = "", status: int = 200
) -> HttpResponse:
    run_due_transitions(timezone.now())
    context = {
        "token": token,
        "student": student,
        "campaign": student.campaign,
        "progress": progress_of(student),
        "unlocked": _is_unlocked(request, student),
        "retakes_left": student.campaign.max_retakes - retakes_used(student.pk),
        "error_key": error_key,
        "minutes": settings.APP.throttle.window_minutes,
    }
    return render(request, "portal/progress.html", context, status=status)


def _is_unlocked(request: HttpRequest, student: Student) -> bool:
    until: float = request.session.get(_session_key(student), 0.0)
    return until > time.time()


def _session_key(student: Student) -> str:
    return f"portrait:{student.id}"
