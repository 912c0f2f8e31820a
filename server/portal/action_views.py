"""The student's actions. Each has its own page that states the consequences, so that no single tap decides."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from server.core.api_errors import ApiError
from server.core.form_numbers import whole_number
from server.core.language import request_language, request_translations
from server.portal import actions
from server.portal.access import student_view
from server.portal.appeals import MAX_LENGTH, file_appeal
from server.portal.next_visit import come_until
from server.portal.progress import Progress, progress_of
from server.portal.proof import is_proven
from server.portal.views import page_context, portrait_context, render_proof
from server.records.models import Student
from server.submissions.clock import run_due_transitions

_CLOSED = ("appeal_not_needed", "appeal_too_late")


@require_http_methods(["GET", "HEAD", "POST"])
@student_view
def decide(request: HttpRequest, student: Student, token: str, action: str) -> HttpResponse:
    """Confirm, retake or withdraw: GET shows the consequences, POST acts on the version that was shown."""
    if not is_proven(request, student):
        return render_proof(request, student, token, action, status=403 if request.method == "POST" else 200)
    if request.method == "POST":
        return _carry_out(request, student, token, action)
    now = timezone.now()
    run_due_transitions(now)
    progress = progress_of(student, now)
    if action not in actions.available_actions(student, progress, now):
        return _changed_meanwhile(request, token)
    context = {
        **page_context(request, student, token),
        **portrait_context(progress),
        "action": action,
        "retakes_after": max(actions.retakes_left(student) - 1, 0),
        "come_until": come_until(student, now),
    }
    return render(request, "portal/decide.html", context)


def _carry_out(request: HttpRequest, student: Student, token: str, action: str) -> HttpResponse:
    version, revision = (_number(request, name) for name in ("version", "revision"))
    tr = request_translations(request)
    try:
        actions.carry_out(student, action, version, revision, timezone.now())
    except ApiError as api_error:
        key = f"progress.refused_{api_error.reason}"
        messages.error(request, tr.translate(key if tr.has(key) else "progress.refused_changed"))
    else:
        messages.success(request, tr.translate(f"progress.done.{action}"))
    return redirect("portal:page", token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@student_view
def appeal(request: HttpRequest, student: Student, token: str) -> HttpResponse:
    """Write an appeal. A text that was sent after the proof had expired is stored until the proof is renewed."""
    draft = f"appeal:{student.id}"
    if not is_proven(request, student):
        if request.method == "POST":
            request.session[draft] = request.POST.get("text", "")[: 2 * MAX_LENGTH]
        return render_proof(request, student, token, "appeal", status=403 if request.method == "POST" else 200)
    progress = progress_of(student)
    if request.method == "POST" and progress.latest is not None:
        text = request.POST.get("text", "")
        try:
            file_appeal(request, student, progress.latest, text, timezone.now())
        except ApiError as api_error:
            error = api_error.in_language(request_language(request))
            if api_error.reason in _CLOSED:
                messages.error(request, error)
                return redirect("portal:page", token=token)
            return _render_appeal(request, student, token, progress, text, error, api_error.status)
        request.session.pop(draft, None)
        messages.success(request, request_translations(request).translate("progress.done.appeal"))
        return redirect("portal:page", token=token)
    if actions.APPEAL not in actions.available_actions(student, progress, timezone.now()):
        return _changed_meanwhile(request, token)
    return _render_appeal(request, student, token, progress, request.session.get(draft, ""))


def _render_appeal(
    request: HttpRequest,
    student: Student,
    token: str,
    progress: Progress,
    text: str,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        **page_context(request, student, token),
        **portrait_context(progress),
        "text": text,
        "limit": MAX_LENGTH,
        "error": error,
    }
    return render(request, "portal/appeal.html", context, status=status)


def _changed_meanwhile(request: HttpRequest, token: str) -> HttpResponse:
    messages.error(request, request_translations(request).translate("progress.refused_changed"))
    return redirect("portal:page", token=token)


def _number(request: HttpRequest, name: str) -> int:
    return whole_number(request.POST.get(name, ""), -1, digits=9)
