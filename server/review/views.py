"""The reviewer's pages: the queue, one submission, its pictures, and the decision."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.audit.models import Action
from server.audit.record import record
from server.core.access import require_permission
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.review import queue
from server.review.manual_checks import manual_checks
from server.review.times import visit_times
from server.review.verdict_table import outcome_counts, recipe_lines, verdict_lines
from server.submissions import workflow
from server.submissions.intake import picture_store
from server.submissions.models import REVIEW_PERMISSION, State, Submission
from server.submissions.pictures import content_type_of, preview_file
from server.submissions.sharing import other_enrolments
from server.submissions.visibility import submissions_of

VIEW_WINDOW_S = 600


@require_safe
@require_permission(REVIEW_PERMISSION)
def queue_page(request: HttpRequest) -> HttpResponse:
    campaign = request.GET.get("campaign", "")
    waiting = queue.waiting(request.user, campaign)
    context = {
        "campaign": campaign,
        "counts": queue.counts(request.user),
        "waiting": [(submission, outcome_counts(submission.envelope)) for submission in waiting[:60]],
        "total": waiting.count(),
        "decided": queue.decided(request.user, campaign),
    }
    return render(request, "review/queue.html", context)


@require_safe
@require_permission(REVIEW_PERMISSION)
def submission_page(request: HttpRequest, identifier: str) -> HttpResponse:
    return _render_page(request, _get_submission(request, identifier))


@require_POST
@require_permission(REVIEW_PERMISSION)
def decide(request: HttpRequest, identifier: str) -> HttpResponse:
    """Carry out the decision and open the next submission. If it is rejected, the page explains why."""
    submission = _get_submission(request, identifier)
    action, campaign = request.POST.get("action", ""), request.GET.get("campaign", "")
    following = queue.next_after(request.user, submission, campaign)
    try:
        _apply_decision(request, identifier, action)
    except ApiError as api_error:
        error = api_error.in_language(request_language(request))
        return _render_page(request, _get_submission(request, identifier), error, status=api_error.status)
    done = request_translations(request).translate(f"review.done_{action}", name=submission.student.masked_name)
    messages.success(request, done)
    target = reverse("review:submission", args=[following]) if following else reverse("review:queue")
    return redirect(target + _suffix(campaign))


def _apply_decision(request: HttpRequest, identifier: str, action: str) -> None:
    revision, now = request.POST.get("revision", ""), timezone.now()
    revision_seen = int(revision) if revision.isdecimal() else -1
    if action == "approve":
        workflow.approve(identifier, revision_seen, request.user, now, "identity_confirmed" in request.POST)
    elif action == "reject":
        reason, comment = request.POST.get("reason", ""), request.POST.get("comment", "")
        workflow.reject(identifier, revision_seen, request.user, now, reason, comment)
    else:
        raise ApiError("refused.not_now")


@require_safe
@require_permission(REVIEW_PERMISSION)
def picture(request: HttpRequest, identifier: str, part: str) -> HttpResponseBase:
    """Send `shot.jpg` (the stored preview), `portrait.jpg` (the original bytes) or `original` (the shot's bytes, as a
    download)."""
    submission = _get_submission(request, identifier)
    sha256 = submission.portrait_sha256 if part == "portrait.jpg" else submission.shot_sha256
    if sha256 is None:
        raise Http404
    _record_view(request, submission, part)
    if part == "shot.jpg":
        response = _preview_response(sha256)
    else:
        path = picture_store().path(sha256)
        kind, ending = content_type_of(path)
        name, keep = f"{identifier}.{ending}", part == "original"
        response = FileResponse(path.open("rb"), as_attachment=keep, filename=name, content_type=kind)
    # The reviewer's browser may cache it for the working session; proxies may not.
    response.headers["Cache-Control"] = "private, max-age=600"
    return response


def _preview_response(sha256: str) -> HttpResponseBase:
    try:
        path = preview_file(picture_store(), sha256)
    except ApiError as api_error:
        return HttpResponse(status=api_error.status, headers={"Retry-After": str(api_error.retry_after)})
    if path is None:  # the original can still be downloaded
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/jpeg")


def _get_submission(request: HttpRequest, identifier: str) -> Submission:
    """Look a submission up; 404 also for submissions that the reviewer may not see, so nobody learns what other schools
    have."""
    related = ("student", "student__campaign", "student__campaign__school", "station")
    return get_object_or_404(submissions_of(request.user).select_related(*related), pk=identifier)


def _record_view(request: HttpRequest, submission: Submission, part: str) -> None:
    """Record who saw which picture. Repeated views within ten minutes count once; every download counts."""
    campaign = submission.student.campaign_id
    if part == "original":
        record(Action.ORIGINAL_DOWNLOADED, submission.id, request=request, campaign=campaign)
    elif cache.add(f"viewed:{request.user.pk}:{submission.id}:{part}", True, timeout=VIEW_WINDOW_S):
        record(Action.IMAGE_VIEWED, submission.id, request=request, part=part, campaign=campaign)


def _render_page(request: HttpRequest, submission: Submission, error: str = "", status: int = 200) -> HttpResponse:
    campaign = request.GET.get("campaign", "")
    before, after = queue.neighbours(request.user, submission, campaign)
    tr = request_translations(request)
    context = {
        "submission": submission,
        "envelope": submission.envelope,
        "verdicts": verdict_lines(submission.envelope, tr),
        "outcomes": outcome_counts(submission.envelope),
        "times": visit_times(submission),
        "other_enrolments": other_enrolments(submission),
        "manual_checks": manual_checks(submission.envelope, submission.student.campaign),
        "recipe": recipe_lines(submission.envelope["recipe"]),
        "history": submission.history.select_related("user", "station"),
        "reasons": settings.APP.review.reasons,
        "before": before,
        "after": after,
        "remaining": queue.waiting(request.user, campaign).count(),
        "open": submission.state == State.RECEIVED.value,
        "error": error,
        "chosen": request.POST.get("reason", ""),
        "comment": request.POST.get("comment", ""),
        "suffix": _suffix(campaign),
    }
    return render(request, "review/submission.html", context, status=status)


def _suffix(campaign: str) -> str:
    return f"?{urlencode({'campaign': campaign})}" if campaign else ""
