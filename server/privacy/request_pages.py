"""Pages of the office: the requests of students by their deadline, and the answer to one."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Problem
from server.audit.models import Action
from server.audit.record import record
from server.core.language import request_language, request_translations
from server.privacy.access import answered_scope, require_answering
from server.privacy.candidates import candidates
from server.privacy.models import RequestKind, RequestState, SubjectRequest
from server.privacy.own_copy import make_copy
from server.privacy.requests import MAX_TEXT, LegalGround, decide
from server.privacy.student_pages import copy_response

PER_PAGE: Final = 50


@require_safe
@require_answering
def requests_page(request: HttpRequest) -> HttpResponse:
    """Show the open requests, the one that is due first at the top, or all requests."""
    every = request.GET.get("all") == "1"
    rows = _requests(request)
    rows = rows.order_by("-filed_at") if every else rows.filter(state=RequestState.OPEN.value)
    context = {
        "tab": "requests",
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "every": every,
        "query": "all=1" if every else "",
        "now": timezone.now(),
    }
    return render(request, "privacy/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_answering
def request_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show a request; POST answers it."""
    filed = get_object_or_404(_requests(request), pk=number)
    granted, error = request.POST.get("decision") == "grant", ""
    answer, ground = request.POST.get("answer", ""), request.POST.get("ground", "")
    if request.method == "POST":
        try:
            decide(request, filed, granted, answer, ground, timezone.now())
            messages.success(request, request_translations(request).translate("privacy.answered"))
            return redirect("privacy:requests")
        except Problem as problem:
            error = problem.in_language(request_language(request))
    is_erasure = filed.kind == RequestKind.ERASURE.value
    blocked = candidates([filed.student_id]).blocked if is_erasure else {}
    context = {
        "tab": "requests",
        "filed": filed,
        "error": error,
        "answer": answer[:MAX_TEXT],
        "ground": ground,
        "limit": MAX_TEXT,
        "grounds": [one.value for one in LegalGround],
        "is_erasure": is_erasure,
        "blocked": [one for one in blocked if one != "request"],
    }
    return render(request, "privacy/request.html", context, status=422 if error else 200)


@require_POST
@require_answering
def copy(request: HttpRequest, student: str) -> HttpResponseBase:
    """Send a copy of a student's data to the clerk, who hands it to the person; the ID number is masked."""
    row = get_object_or_404(answered_scope(request.user).students().filter(erased_at=None), pk=student)
    record(Action.DATA_COPIED, f"student {row.pk}", request=request, campaign=row.campaign_id)
    return copy_response(make_copy(row, timezone.now(), with_number=False))


def _requests(request: HttpRequest) -> QuerySet[SubjectRequest]:
    scope = answered_scope(request.user)
    every = SubjectRequest.objects.select_related("student__campaign", "decided_by").order_by("due_at", "pk")
    return every if scope.everything else every.filter(student__campaign__in=scope.allowed())
