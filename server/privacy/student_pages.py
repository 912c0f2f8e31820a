"""The student's page about their data: a copy of it, and requests to correct or erase it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import Problem
from server.audit.models import Action
from server.audit.record import record
from server.core.language import request_language, request_translations
from server.core.throttle import Throttle
from server.portal.access import student_view
from server.portal.proof import is_proven
from server.portal.views import page_context, render_proof
from server.privacy.models import SubjectRequest
from server.privacy.own_copy import make_copy
from server.privacy.requests import MAX_TEXT, WRITTEN, file_request
from server.records.models import Student

_COPIES_PER_HOUR = 5
_HOUR_MINUTES = 60


@require_http_methods(["GET", "HEAD", "POST"])
@student_view
def own_data(request: HttpRequest, student: Student, token: str) -> HttpResponse:
    """Show the kinds of requests and the state of earlier requests; POST files one."""
    if not is_proven(request, student):
        return render_proof(request, student, token, "data", status=403 if request.method == "POST" else 200)
    kind, text, error = request.POST.get("kind", ""), request.POST.get("text", ""), ""
    if request.method == "POST" and kind in WRITTEN:
        try:
            file_request(request, student, kind, text, timezone.now())
            messages.success(request, request_translations(request).translate("privacy.filed"))
            return redirect("own_data", token=token)
        except Problem as problem:
            error = problem.in_language(request_language(request))
    context = {
        **page_context(request, student, token),
        "requests": SubjectRequest.objects.filter(student=student).order_by("-filed_at"),
        "kind": kind,
        "text": text[:MAX_TEXT],
        "limit": MAX_TEXT,
        "days": settings.APP.privacy.answer_workdays,
        "error": error,
    }
    return render(request, "privacy/own_data.html", context, status=422 if error else 200)


@require_POST
@student_view
def own_copy(request: HttpRequest, student: Student, token: str) -> HttpResponseBase:
    """Send the copy, with the complete ID number: the person has proved their identity."""
    if not is_proven(request, student):
        return render_proof(request, student, token, "data", status=403)
    if not Throttle("data copy", _COPIES_PER_HOUR, _HOUR_MINUTES).allow(student.pk):
        messages.error(request, request_translations(request).translate("privacy.copy_too_often"))
        return redirect("own_data", token=token)
    record(Action.DATA_COPIED, f"student {student.pk}", request=request, by="student")
    return copy_response(make_copy(student, timezone.now(), with_number=True))


def copy_response(content: object) -> FileResponse:
    """Return the response with a copy."""
    return FileResponse(
        content,
        as_attachment=True,
        filename="my-data.zip",
        content_type="application/zip",
        headers={"Cache-Control": "private, no-store"},
    )
