"""The context of the page of one revocation: its content and the steps that it offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.portal.appeals import answer_due, open_appeals
from server.portal.models import Appeal
from server.review.access import administered
from server.review.history import ShownReason, history_of, numbered
from server.review.revocation_form import RevocationForm
from server.review.submission_context import reason_choices
from server.submissions.models import Submission
from server.submissions.reasons import reason_from_json
from server.submissions.revocation import open_proposals, requested_the_revocation
from server.submissions.revocation_models import RevocationRequest
from server.submissions.rule import Action
from server.submissions.rules import find_rule
from server.submissions.states import State


@dataclass(frozen=True)
class ShownAppeal:
    """`due`: until when the school promises to answer; None for an appeal that is answered."""

    row: Appeal
    due: datetime | None

    @property
    def is_granted(self) -> bool:
        return self.due is None and not self.row.is_declined


@dataclass(frozen=True)
class ShownRequest:
    """A request with its reasons in readable form. `ended` is requested, approved, declined or cancelled."""

    row: RevocationRequest
    reasons: tuple[ShownReason, ...]
    ended: str


def revocation_context(user: Any, submission: Submission, form: RevocationForm) -> dict[str, Any]:
    rows = submission.revocation_requests.select_related("requested_by", "approved_by", "declined_by").order_by("-id")
    requests = [_shown(row) for row in rows]
    waiting = next((request for request in requests if request.ended == "requested"), None)
    appeals = _appeals_of(submission)
    unanswered = next((appeal for appeal in appeals if appeal.due is not None), None)
    is_revoked = submission.state == State.REVOKED.value
    free = waiting is None
    return {
        "submission": submission,
        "form": form,
        "proposal": open_proposals(administered(user).filter(pk=submission.pk)).first(),
        "reasons": reason_choices((), form.decision),
        "waiting": waiting,
        "is_own_request": waiting is not None and waiting.row.requested_by_id == user.pk,
        "past": [request for request in requests if request.ended != "requested"],
        "may_revoke": free and find_rule(submission.state, Action.REVOKE) is not None,
        "may_dequeue": free and submission.state == State.QUEUED.value and submission.handed_over_at is None,
        "appeals": appeals,
        "unanswered": unanswered,
        "may_grant": free and is_revoked,
        "may_decline_appeal": free and unanswered is not None and not requested_the_revocation(submission, user),
        "given_reasons": numbered(submission.latest_reasons()) if is_revoked else (),
        "history": history_of(submission),
    }


def _appeals_of(submission: Submission) -> list[ShownAppeal]:
    waiting = set(open_appeals().filter(submission=submission).values_list("pk", flat=True))
    rows = submission.appeals.select_related("declined_by").order_by("id")
    return [ShownAppeal(row, answer_due(row).moment if row.pk in waiting else None) for row in rows]


def _shown(row: RevocationRequest) -> ShownRequest:
    reasons = tuple(
        ShownReason(reason.code, reason.comment, reason.mark) for reason in map(reason_from_json, row.reasons)
    )
    if row.approved_by_id is not None:
        return ShownRequest(row, reasons, "approved")
    if row.declined_by_id is None:
        return ShownRequest(row, reasons, "requested")
    return ShownRequest(row, reasons, "cancelled" if row.declined_by_id == row.requested_by_id else "declined")
