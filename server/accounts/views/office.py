"""The clerk's queue of requests to link an enrolment: list, compare, link or refuse."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.id_number import mask_number, normalize_student_no
from server.accounts.models import LinkRequest, RequestState
from server.accounts.requests import candidates, decide, due, typed_name, typed_number
from server.clerk.access import campaigns, require_clerk
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.records.models import Student

_PER_PAGE: Final = 50


@require_safe
@require_clerk
def waiting(request: HttpRequest) -> HttpResponse:
    """Show the requests that wait, the oldest first."""
    page = Paginator(_own(request).filter(state=RequestState.WAITING.value), _PER_PAGE).get_page(
        request.GET.get("page")
    )
    now = timezone.now()
    rows = [(found, typed_name(found), until, until.moment < now) for found in page for until in (due(found),)]
    return render(request, "accounts/office_waiting.html", {"page": page, "rows": rows})


@require_safe
@require_clerk
def compare(request: HttpRequest, identifier: int) -> HttpResponse:
    return _render(request, get_object_or_404(_own(request), pk=identifier))


@require_POST
@require_clerk
def decide_request(request: HttpRequest, identifier: int) -> HttpResponse:
    """Link the chosen enrolment of the same campaign, or refuse."""
    found = get_object_or_404(_own(request), pk=identifier)
    try:
        student = _chosen(request, found) if "link" in request.POST else None
        reason = "" if student else request.POST.get("reason", "").replace("\0", "")
        decide(found.pk, request.user, timezone.now(), student=student, reason=reason, request=request)
    except ApiError as error:
        return _render(request, found, error.in_language(request_language(request)), error.status)
    key = "links.done_linked" if student else "links.done_refused"
    messages.success(request, request_translations(request).translate(key))
    return redirect("links:waiting")


def _own(request: HttpRequest) -> Any:
    """Return the requests in the clerk's campaigns."""
    found = LinkRequest.objects.filter(campaign__in=campaigns(request.user))
    return found.select_related("campaign__school", "person", "user", "student")


def _chosen(request: HttpRequest, found: LinkRequest) -> Student:
    """Return the enrolment that was ticked, or that of a student number that the clerk typed."""
    number = normalize_student_no(request.POST.get("student_no", ""))[:40]
    ticked = request.POST.get("student", "").replace("\0", "")
    students = found.campaign.students.all()
    rows = list(students.filter(student_no=number)[:2] if number else students.filter(pk=ticked)[:2])
    if len(rows) != 1:
        raise ApiError("refused.link_unknown")
    return rows[0]


def _render(request: HttpRequest, found: LinkRequest, error: str = "", status: int = 200) -> HttpResponse:
    is_waiting = found.state == RequestState.WAITING.value
    number = typed_number(found)
    context = {
        "found": found,
        "name": typed_name(found) if found.name_encrypted else "",
        "number": mask_number(number),
        "candidates": candidates(found) if is_waiting else [],
        "due": due(found),
        "is_waiting": is_waiting,
        "error": error,
    }
    return render(request, "accounts/office_compare.html", context, status=status)
