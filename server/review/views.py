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

from server.audit.models import Action as AuditAction
from server.audit.record import record
from server.core.access import require_permission
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.records.models import RetouchMode
from server.review import queue
from server.review.manual_checks import manual_checks
from server.review.times import visit_times
from server.review.verdict_table import outcome_counts, recipe_lines, verdict_lines
from server.submissions import decisions
from server.submissions.clock import run_due_transitions
from server.submissions.guards import is_identity_in_doubt
from server.submissions.intake import picture_store
from server.submissions.models import REVIEW_PERMISSION, PendingDecision, Submission
from server.submissions.pictures import content_type_of, preview_file
from server.submissions.reasons import GivenReason
from server.submissions.rules import Action, State
from server.submissions.sharing import other_enrolments
from server.submissions.visibility import submissions_of

VIEW_WINDOW_S = 600
_STATES_WITH_REASONS = (State.REJECTED.value, State.RETOUCHING.value, State.REVOKED.value)


@require_safe
@require_permission(REVIEW_PERMISSION)
def queue_page(request: HttpRequest) -> HttpResponse:
    run_due_transitions(timezone.now())
    campaign, stage = request.GET.get("campaign", ""), _stage(request)
    waiting = queue.waiting(request.user, campaign, stage)
    context = {
        "campaign": campaign,
        "stage": stage,
        "final_total": queue.waiting(request.user, campaign, queue.FINAL).count(),
        "suffix": _suffix(request),
        "counts": queue.counts(request.user),
        "waiting": [(submission, outcome_counts(submission.envelope)) for submission in waiting[:60]],
        "total": waiting.count(),
        "decided": queue.decided(request.user, campaign),
    }
    return render(request, "review/queue.html", context)


@require_safe
@require_permission(REVIEW_PERMISSION)
def submission_page(request: HttpRequest, identifier: str) -> HttpResponse:
    run_due_transitions(timezone.now())
    return _render_page(request, _get_submission(request, identifier))


@require_POST
@require_permission(REVIEW_PERMISSION)
def decide(request: HttpRequest, identifier: str) -> HttpResponse:
    """Carry out the decision and open the next submission. If it is rejected, the page explains why."""
    submission = _get_submission(request, identifier)
    action, campaign = request.POST.get("action", ""), request.GET.get("campaign", "")
    following = queue.next_after(request.user, submission, campaign, _stage(request, submission))
    try:
        _apply_decision(request, identifier, action)
    except ApiError as api_error:
        error = api_error.in_language(request_language(request))
        return _render_page(request, _get_submission(request, identifier), error, status=api_error.status)
    done = request_translations(request).translate(f"review.done_{action}", name=submission.student.masked_name)
    messages.success(request, done)
    target = reverse("review:submission", args=[following]) if following else reverse("review:queue")
    return redirect(target + _suffix(request))


@require_POST
@require_permission(REVIEW_PERMISSION)
def take_back(request: HttpRequest, identifier: str) -> HttpResponse:
    """Take the reviewer's pending decision back and show the submission again."""
    submission = _get_submission(request, identifier)
    try:
        decisions.take_back(submission.pk, request.user, timezone.now())
    except ApiError as api_error:
        error = api_error.in_language(request_language(request))
        return _render_page(request, _get_submission(request, identifier), error, status=api_error.status)
    return redirect(reverse("review:submission", args=[identifier]) + _suffix(request))


def _apply_decision(request: HttpRequest, identifier: str, action: str) -> None:
    revision, code = request.POST.get("revision", ""), request.POST.get("reason", "")
    revision_seen = int(revision) if revision.isdecimal() else -1
    reasons = () if action == Action.APPROVE else (GivenReason(code, request.POST.get("comment", "")),)
    decisions.decide(
        identifier,
        action,
        revision_seen,
        request.user,
        timezone.now(),
        reasons=reasons,
        identity_confirmed="identity_confirmed" in request.POST,
    )


def _stage(request: HttpRequest, submission: Submission | None = None) -> str:
    """Return the queue that the request is about: the submission's own, or the one that it names."""
    if submission is not None and submission.state == State.FINAL_REVIEW.value:
        return queue.FINAL
    return queue.FINAL if submission is None and request.GET.get("stage") == queue.FINAL else queue.FIRST


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
        record(AuditAction.ORIGINAL_DOWNLOADED, submission.id, request=request, campaign=campaign)
    elif cache.add(f"viewed:{request.user.pk}:{submission.id}:{part}", True, timeout=VIEW_WINDOW_S):
        record(AuditAction.IMAGE_VIEWED, submission.id, request=request, part=part, campaign=campaign)


def _render_page(request: HttpRequest, submission: Submission, error: str = "", status: int = 200) -> HttpResponse:
    campaign = request.GET.get("campaign", "")
    stage = _stage(request, submission)
    before, after = queue.neighbours(request.user, submission, campaign, stage)
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
        "remaining": queue.waiting(request.user, campaign, stage).count(),
        "open": queue.may_decide(request.user, submission),
        "pending": PendingDecision.objects.filter(pk=submission.pk, user=request.user.pk).first(),
        "given_reasons": submission.latest_reasons() if submission.state in _STATES_WITH_REASONS else [],
        "identity_in_doubt": is_identity_in_doubt(submission),
        "actions": _offered_actions(submission),
        "error": error,
        "chosen": request.POST.get("reason", ""),
        "comment": request.POST.get("comment", ""),
        "suffix": _suffix(request),
    }
    return render(request, "review/submission.html", context, status=status)


def _offered_actions(submission: Submission) -> list[str]:
    """Return the decisions with a reason that this submission can get, worst first."""
    offered = [Action.REJECT.value]
    if submission.student.campaign.retouch != RetouchMode.NEVER.value:
        final = submission.state == State.FINAL_REVIEW.value
        offered.append(Action.SEND_BACK.value if final else Action.REQUEST_RETOUCH.value)
    return offered


def _suffix(request: HttpRequest) -> str:
    """Return the query that keeps the chosen campaign and queue."""
    chosen = {name: request.GET.get(name, "") for name in ("campaign", "stage")}
    chosen = {name: value for name, value in chosen.items() if value}
    return f"?{urlencode(chosen)}" if chosen else ""
