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
    rows = [(one, typed_name(one), until, until.moment < now) for one in page for until in (due(one),)]
    return render(request, "accounts/office_waiting.html", {"page": page, "rows": rows})


@require_safe
@require_clerk
def compare(request: HttpRequest, identifier: int) -> HttpResponse:
    return _render(request, get_object_or_404(_own(request), pk=identifier))


@require_POST
@require_clerk
def decide_request(request: HttpRequest, identifier: int) -> HttpResponse:
    """Link the chosen enrolment of the same campaign, or refuse."""
    link_request = get_object_or_404(_own(request), pk=identifier)
    try:
        student = _chosen(request, link_request) if "link" in request.POST else None
        reason = "" if student else request.POST.get("reason", "").replace("\0", "")
        decide(link_request.pk, request.user, timezone.now(), student=student, reason=reason, request=request)
    except ApiError as error:
        return _render(request, link_request, error.in_language(request_language(request)), error.status)
    key = "links.done_linked" if student else "links.done_refused"
    messages.success(request, request_translations(request).translate(key))
    return redirect("links:waiting")


def _own(request: HttpRequest) -> Any:
    """Return the requests in the clerk's campaigns."""
    requests = LinkRequest.objects.filter(campaign__in=campaigns(request.user))
    return requests.select_related("campaign__school", "person", "user", "student")


def _chosen(request: HttpRequest, link_request: LinkRequest) -> Student:
    """Return the enrolment of the student number that the clerk typed, or the ticked one if there is no number."""
    number = normalize_student_no(request.POST.get("student_no", ""))[:40]
    ticked = request.POST.get("student", "").replace("\0", "")
    students = link_request.campaign.students.all()
    rows = list(students.filter(student_no=number)[:2] if number else students.filter(pk=ticked)[:2])
    if len(rows) != 1:
        raise ApiError("refused.link_unknown")
    return rows[0]


def _render(request: HttpRequest, link_request: LinkRequest, error: str = "", status: int = 200) -> HttpResponse:
    is_waiting = link_request.state == RequestState.WAITING.value
    number = typed_number(link_request)
    context = {
        "found": link_request,
        "name": typed_name(link_request) if link_request.name_encrypted else "",
        "number": mask_number(number),
        "candidates": candidates(link_request) if is_waiting else [],
        "due": due(link_request),
        "is_waiting": is_waiting,
        "error": error,
    }
    return render(request, "accounts/office_compare.html", context, status=status)
