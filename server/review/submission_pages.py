"""The page of one submission, the decision on it, and taking that back."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.core.access import require_permission
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.records.models import RetouchMode
from server.review import queue
from server.review.manual_checks import manual_checks
from server.review.requests import chosen_list, get_submission, suffix
from server.review.times import visit_times
from server.review.verdict_table import outcome_counts, recipe_lines, verdict_lines
from server.submissions import decisions
from server.submissions.clock import run_due_transitions
from server.submissions.guards import is_identity_in_doubt
from server.submissions.models import REVIEW_PERMISSION, PendingDecision, Submission
from server.submissions.reasons import GivenReason
from server.submissions.rules import Action, State
from server.submissions.sharing import other_enrolments

_STATES_WITH_REASONS = (State.REJECTED.value, State.RETOUCHING.value, State.REVOKED.value)


@require_safe
@require_permission(REVIEW_PERMISSION)
def submission_page(request: HttpRequest, identifier: str) -> HttpResponse:
    run_due_transitions(timezone.now())
    return _render_page(request, get_submission(request, identifier))


@require_POST
@require_permission(REVIEW_PERMISSION)
def decide(request: HttpRequest, identifier: str) -> HttpResponse:
    """Carry out the decision and open the next submission. If it is rejected, the page explains why."""
    submission = get_submission(request, identifier)
    action = request.POST.get("action", "")
    following = queue.next_after(request.user, submission, chosen_list(request, submission))
    try:
        _apply_decision(request, identifier, action)
    except ApiError as api_error:
        error = api_error.in_language(request_language(request))
        return _render_page(request, get_submission(request, identifier), error, status=api_error.status)
    done = request_translations(request).translate(f"review.done_{action}", name=submission.student.masked_name)
    messages.success(request, done)
    target = reverse("review:submission", args=[following]) if following else reverse("review:queue")
    return redirect(target + suffix(request))


@require_POST
@require_permission(REVIEW_PERMISSION)
def take_back(request: HttpRequest, identifier: str) -> HttpResponse:
    """Take the reviewer's pending decision back and show the submission again."""
    submission = get_submission(request, identifier)
    try:
        decisions.take_back(submission.pk, request.user, timezone.now())
    except ApiError as api_error:
        error = api_error.in_language(request_language(request))
        return _render_page(request, get_submission(request, identifier), error, status=api_error.status)
    return redirect(reverse("review:submission", args=[identifier]) + suffix(request))


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


def _render_page(request: HttpRequest, submission: Submission, error: str = "", status: int = 200) -> HttpResponse:
    chosen = chosen_list(request, submission)
    before, after = queue.neighbours(request.user, submission, chosen)
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
        "remaining": queue.remaining(request.user, chosen),
        "open": queue.may_decide(request.user, submission),
        "pending": PendingDecision.objects.filter(pk=submission.pk, user=request.user.pk).first(),
        "given_reasons": submission.latest_reasons() if submission.state in _STATES_WITH_REASONS else [],
        "identity_in_doubt": is_identity_in_doubt(submission),
        "actions": _offered_actions(submission),
        "error": error,
        "chosen": request.POST.get("reason", ""),
        "comment": request.POST.get("comment", ""),
        "suffix": suffix(request),
    }
    return render(request, "review/submission.html", context, status=status)


def _offered_actions(submission: Submission) -> list[str]:
    """Return the decisions with a reason that this submission can get, worst first."""
    offered = [Action.REJECT.value]
    if submission.student.campaign.retouch != RetouchMode.NEVER.value:
        final = submission.state == State.FINAL_REVIEW.value
        offered.append(Action.SEND_BACK.value if final else Action.REQUEST_RETOUCH.value)
    return offered
