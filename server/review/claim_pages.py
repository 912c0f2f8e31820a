"""The claim of an open page: made when a submission is opened for review, renewed while its reviewer is active, given
back when they leave. Sent by the page's script; without script the decision itself claims."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from server.core.api_errors import ApiError
from server.core.language import request_translations
from server.review.access import require_reviewer
from server.review.decision_form import parse_revision
from server.review.meanwhile import changed_since, explain
from server.review.requests import get_submission
from server.submissions import leases
from server.submissions.attempts import decided_already
from server.submissions.clock import run_due_transitions
from server.submissions.guards import has_pending_decision
from server.submissions.locks import lock
from server.submissions.models import Submission
from server.submissions.rule import Action
from server.submissions.states import State

_MAX_CLAIMS: Final = 100  # a page with more claims since it was loaded must be loaded again
_REVIEWABLE: Final = (State.RECEIVED.value, State.FIRST_REVIEW.value, State.FINAL_REVIEW.value)


@require_POST
@require_reviewer
def claim(request: HttpRequest, identifier: str) -> HttpResponse:
    """Claim or renew; respond with the revision for the decision, or with 409 and what happened meanwhile."""
    now = timezone.now()
    run_due_transitions(now)
    get_submission(request, identifier)
    try:
        claimed = claim_seen(identifier, parse_revision(request.POST), request.user, now)
    except ApiError as api_error:
        submission, tr = get_submission(request, identifier), request_translations(request)
        changed = api_error.reason in ("decided_already", "not_now", "decision_pending")
        message = changed_since(submission, tr) if changed else explain(api_error, submission, tr)
        return JsonResponse({"message": message}, status=409 if changed else api_error.status)
    return JsonResponse({"revision": claimed.revision})


@require_POST
@require_reviewer
def release(request: HttpRequest, identifier: str) -> HttpResponse:
    """Give the claim back. The page does not wait for the response, so a claim that is over is no error."""
    get_submission(request, identifier)
    with suppress(ApiError):
        leases.release(identifier, request.user, timezone.now())
    return HttpResponse(status=204)


def claim_seen(identifier: str, revision: int, user: Any, now: datetime) -> Submission:
    """Claim what the reviewer sees, or renew their claim.

    Raises ApiError: decided_already, decision_pending, claimed, not_now, not_allowed.
    """
    with transaction.atomic():
        submission = lock(identifier)
        if submission.state not in _REVIEWABLE:
            raise ApiError("refused.not_now")
        if has_pending_decision(submission):
            raise ApiError("refused.decision_pending")
        if not _only_claims_since(submission, revision):
            raise decided_already(submission)
        return leases.claim_locked(submission, user, now)


def _only_claims_since(submission: Submission, revision: int) -> bool:
    """Whether the submission is as it was in this revision: every transition raises the revision by one, and claims
    change nothing that a page shows."""
    transitions = submission.revision - revision
    if not 0 <= transitions <= _MAX_CLAIMS:
        return False
    latest = submission.history.order_by("-id").values_list("action", flat=True)[:transitions]
    return all(action in (Action.CLAIM.value, Action.RELEASE.value) for action in latest)
