"""The actions of a retoucher on a submission: claim it, give it back, submit a portrait, or decline."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from server.core.api_errors import ApiError
from server.core.form_numbers import whole_number
from server.core.language import request_language, request_translations
from server.retouch.access import get_job, get_submission, require_retoucher
from server.retouch.pages import render_page
from server.retouch.submit import submit_result
from server.submissions import leases
from server.submissions.actor import Actor
from server.submissions.models import Submission
from server.submissions.reasons import GivenReason
from server.submissions.rule import Action, Role
from server.submissions.workflow import apply


@require_POST
@require_retoucher
def claim_next_one(request: HttpRequest) -> HttpResponse:
    """Claim the first waiting submission and open it; without one, return to the queue."""
    claimed = leases.claim_next(request.user, Role.RETOUCHER, timezone.now())
    if claimed is None:
        messages.info(request, request_translations(request).translate("retouch_page.nothing_waits"))
        return redirect("retouch:queue")
    return redirect("retouch:submission", claimed.pk)


@require_POST
@require_retoucher
def claim_this(request: HttpRequest, identifier: str) -> HttpResponse:
    submission = get_submission(request, identifier)
    try:
        leases.claim(submission.pk, request.user, timezone.now())
    except ApiError as api_error:
        return _show_error(request, identifier, api_error)
    return redirect("retouch:submission", identifier)


@require_POST
@require_retoucher
def renew_claim(request: HttpRequest, identifier: str) -> HttpResponse:
    """Respond with 204 if the claim was extended, 409 if the user has none any more. For the page's script."""
    submission = get_submission(request, identifier)
    return HttpResponse(status=204 if leases.renew(submission.pk, request.user, timezone.now()) else 409)


@require_POST
@require_retoucher
def leave(request: HttpRequest, identifier: str) -> HttpResponse:
    """Let the claim end soon. The page's script calls this when the page is left."""
    leases.end_soon(get_submission(request, identifier).pk, request.user, timezone.now())
    return HttpResponse(status=204)


@require_POST
@require_retoucher
def release_claim(request: HttpRequest, identifier: str) -> HttpResponse:
    """Give the submission back to the queue."""
    submission = get_submission(request, identifier)
    try:
        leases.release(submission.pk, request.user, timezone.now())
    except ApiError as api_error:
        return _show_error(request, identifier, api_error)
    return redirect("retouch:queue")


@require_POST
@require_retoucher
def decide(request: HttpRequest, identifier: str) -> HttpResponseBase:
    """Submit a portrait, skip or decline; then open the queue. If it is refused, the page explains why."""
    submission = get_submission(request, identifier)
    action = request.POST.get("action", "")
    try:
        _carry_out(request, submission, action)
    except ApiError as api_error:
        return _show_error(request, identifier, api_error)
    done = request_translations(request).translate(f"retouch_page.done_{action}", name=submission.student.masked_name)
    messages.success(request, done)
    return redirect(reverse("retouch:queue"))


def _carry_out(request: HttpRequest, submission: Submission, action: str) -> None:
    revision, now = whole_number(request.POST.get("revision", ""), -1, digits=9), timezone.now()
    if action == Action.SUBMIT_RETOUCH:
        job = get_job(request, submission.pk, request.POST.get("job", ""))
        submit_result(job, request.user, revision, now)
    elif action == Action.SKIP_RETOUCH:
        apply(submission.pk, action, Actor(user=request.user), now, revision=revision)
    elif action == Action.DECLINE_RETOUCH:
        reason = GivenReason(request.POST.get("reason", ""), request.POST.get("comment", ""))
        apply(submission.pk, action, Actor(user=request.user), now, revision=revision, reasons=(reason,))
    else:
        raise ApiError("refused.not_now")


def _show_error(request: HttpRequest, identifier: str, api_error: ApiError) -> HttpResponse:
    submission = get_submission(request, identifier)
    return render_page(request, submission, api_error.in_language(request_language(request)), api_error.status)
