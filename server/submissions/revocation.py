"""Revoking a portrait, and granting an appeal: one administrator requests it, another one approves or declines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from server.core.api_errors import ApiError
from server.submissions.actor import Actor
from server.submissions.attempts import acting_role
from server.submissions.locks import lock
from server.submissions.models import Submission
from server.submissions.reasons import (
    GivenReason,
    check_reasons,
    check_text,
    reason_from_json,
    reason_to_json,
)
from server.submissions.revocation_models import OPEN_REQUEST, RevocationProposal, RevocationRequest
from server.submissions.rule import Action, Role
from server.submissions.rules import RULES, find_rule
from server.submissions.workflow import apply

TWO_PERSON_ACTIONS: Final = (Action.REVOKE, Action.GRANT_APPEAL)


REVOCABLE_STATES: Final = tuple(rule.source.value for rule in RULES if rule.action is Action.REVOKE and rule.source)


def open_proposals(submissions: QuerySet[Submission]) -> QuerySet[RevocationProposal]:
    """Return the proposals about these submissions that nobody has dismissed or turned into a request."""
    requests = RevocationRequest.objects.filter(submission=OuterRef("submission"), requested_at__gt=OuterRef("made_at"))
    waiting = RevocationProposal.objects.filter(
        dismissed_by=None, submission__in=submissions, submission__state__in=REVOCABLE_STATES
    )
    return waiting.exclude(Exists(requests))


def propose_revocation(submission: Submission, finding: str, now: datetime) -> None:
    """Propose a revocation that a person decided on, also after a dismissal; `finding` as in RevocationProposal."""
    known = RevocationProposal.objects.filter(submission=submission).first()
    findings = [*(known.findings if known is not None else ()), finding]
    values = {"findings": list(dict.fromkeys(findings)), "made_at": now, "dismissed_by": None, "dismissed_at": None}
    RevocationProposal.objects.update_or_create(submission=submission, defaults=values)


def is_disputed() -> Q:
    """Return the condition of a submission whose revocation is proposed or requested, and not decided."""
    requests = RevocationRequest.objects.filter(OPEN_REQUEST, submission=OuterRef("pk"), action=Action.REVOKE.value)
    proposals = open_proposals(Submission.objects.all()).filter(submission=OuterRef("pk"))
    return Q(Exists(requests)) | Q(Exists(proposals))


def dismiss_proposal(submission: Submission, user: Any, now: datetime) -> None:
    """Dismiss the open proposal: the portrait stays as it is. Raises ApiError: not_now, not_allowed."""
    with transaction.atomic():
        locked = lock(submission.pk)
        if Role.ADMINISTRATOR not in Actor(user=user).roles(locked):
            raise ApiError("refused.not_allowed")
        proposal = open_proposals(Submission.objects.filter(pk=locked.pk)).first()
        if proposal is None:
            raise ApiError("refused.not_now")
        RevocationProposal.objects.filter(pk=proposal.pk).update(dismissed_by=user, dismissed_at=now)


def request_revocation(
    identifier: str,
    action: str,
    user: Any,
    now: datetime,
    reasons: Sequence[GivenReason],
    internal_remark: str = "",
) -> RevocationRequest:
    """Request `revoke` or `grant_appeal`; nothing changes until another administrator approves.

    Raises ApiError: not_now, not_allowed, request_open, text_long, the errors of reasons.
    """
    with transaction.atomic():
        submission = lock(identifier)
        rule = find_rule(submission.state, action) if action in TWO_PERSON_ACTIONS else None
        if rule is None:
            raise ApiError("refused.not_now")
        if acting_role(rule, Actor(user=user), submission) is None:
            raise ApiError("refused.not_allowed")
        checked = check_reasons(reasons)
        if has_open_request(submission):
            raise ApiError("refused.request_open")
        return RevocationRequest.objects.create(
            submission=submission,
            action=action,
            requested_by=user,
            requested_at=now,
            reasons=[reason_to_json(reason) for reason in checked],
            internal_remark=check_text(internal_remark, required=False),
        )


def approve_revocation(request: int, user: Any, now: datetime) -> Submission:
    """Approve another administrator's request and carry it out.

    Raises ApiError: not_now (approved, declined or cancelled meanwhile), second_person, not_allowed.
    """
    with transaction.atomic():
        row = _lock_open_request(request)
        reasons = [reason_from_json(reason) for reason in row.reasons]
        submission = apply(row.submission_id, row.action, Actor(user=user), now, reasons=reasons, request=row)
        RevocationRequest.objects.filter(pk=row.pk).update(approved_by=user, approved_at=now)
        return submission


def decline_revocation(request: int, user: Any, now: datetime, remark: str) -> RevocationRequest:
    """Decline another administrator's request; the portrait stays as it is.

    Raises ApiError: not_now, second_person, not_allowed, text_missing, text_long.
    """
    with transaction.atomic():
        row = _lock_open_request(request)
        if row.requested_by_id == user.pk:
            raise ApiError("refused.second_person")
        if Role.ADMINISTRATOR not in Actor(user=user).roles(row.submission):
            raise ApiError("refused.not_allowed")
        return _close(row, user, now, check_text(remark))


def cancel_revocation(request: int, user: Any, now: datetime) -> RevocationRequest:
    """Cancel the user's own open request. Raises ApiError not_now."""
    with transaction.atomic():
        row = _lock_open_request(request)
        if row.requested_by_id != user.pk:
            raise ApiError("refused.not_now")
        return _close(row, user, now)


def has_open_request(submission: Submission) -> bool:
    return RevocationRequest.objects.filter(OPEN_REQUEST, submission=submission).exists()


def requested_the_revocation(submission: Submission, user: Any) -> bool:
    """Whether the user requested the latest revocation, so that somebody else answers the appeal."""
    revocations = RevocationRequest.objects.filter(submission=submission, action=Action.REVOKE.value)
    latest = revocations.exclude(approved_by=None).order_by("approved_at", "id").last()
    return latest is not None and latest.requested_by_id == user.pk


def _lock_open_request(request: int) -> RevocationRequest:
    """Return the open request; its submission is locked first, as in every transition."""
    identifier = RevocationRequest.objects.filter(pk=request).values_list("submission", flat=True).first()
    if identifier is not None:
        lock(identifier)
    rows = RevocationRequest.objects.select_related("submission__student__campaign").filter(OPEN_REQUEST, pk=request)
    row = rows.first()
    if row is None:
        raise ApiError("refused.not_now")
    return row


def _close(row: RevocationRequest, user: Any, now: datetime, remark: str = "") -> RevocationRequest:
    row.declined_by, row.declined_at, row.decline_remark = user, now, remark
    row.save(update_fields=["declined_by", "declined_at", "decline_remark"])
    return row
