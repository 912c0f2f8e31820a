"""The page of second looks: one portrait after the other, without its decision; below it the lead's report."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.core.api_errors import ApiError
from server.core.language import request_language
from server.review import second_looks
from server.review.access import require_reviewer
from server.submissions.reasons import GivenReason


@require_safe
@require_reviewer
def second_look_page(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    waiting = second_looks.waiting_for_look(request.user)
    lead = second_looks.is_lead(request.user)
    context = {
        "look": waiting.select_related("submission__campaign").first(),
        "remaining": waiting.count(),
        "reasons": settings.APP.review.reasons,
        "lead": lead,
        "reports": second_looks.reports(request.user, now) if lead else [],
        "disagreements": second_looks.disagreements(request.user, now) if lead else [],
    }
    return render(request, "review/second_looks.html", context)


@require_POST
@require_reviewer
def answer(request: HttpRequest, identifier: int) -> HttpResponse:
    """Record the answer and show the next one."""
    fine = request.POST.get("answer") == "fine"
    reason = None if fine else GivenReason(request.POST.get("reason", ""), request.POST.get("comment", ""))
    try:
        second_looks.answer(identifier, request.user, timezone.now(), reason)
    except ApiError as api_error:
        messages.error(request, api_error.in_language(request_language(request)))
    return redirect("review:second_looks")
