"""Revoking a portrait, and granting an appeal: one administrator requests it, another one approves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from server.core.api_errors import ApiError
from server.submissions.actor import Actor
from server.submissions.locks import lock
from server.submissions.models import RevocationRequest, Submission
from server.submissions.reasons import GivenReason, check_reasons, reason_from_json, reason_to_json
from server.submissions.rules import Action, find_rule
from server.submissions.workflow import acting_role, apply

TWO_PERSON_ACTIONS: Final = (Action.REVOKE, Action.GRANT_APPEAL)


def request_revocation(
    identifier: str, action: str, user: Any, now: datetime, reasons: Sequence[GivenReason]
) -> RevocationRequest:
    """Ask for `revoke` or `grant_appeal`; nothing changes until another administrator approves.

    Raises ApiError: not_now, not_allowed, request_open, the errors of reasons.
    """
    with transaction.atomic():
        submission = lock(identifier)
        rule = find_rule(submission.state, action) if action in TWO_PERSON_ACTIONS else None
        if rule is None:
            raise ApiError("refused.not_now")
        if acting_role(rule, Actor(user=user), submission) is None:
            raise ApiError("refused.not_allowed")
        checked = check_reasons(reasons)
        if RevocationRequest.objects.filter(submission=submission, approved_by=None).exists():
            raise ApiError("refused.request_open")
        return RevocationRequest.objects.create(
            submission=submission,
            action=action,
            requested_by=user,
            requested_at=now,
            reasons=[reason_to_json(reason) for reason in checked],
        )


def approve_revocation(request: int, user: Any, now: datetime) -> Submission:
    """Approve another administrator's request and carry it out.

    Raises ApiError: not_now (approved or cancelled meanwhile), second_person, not_allowed.
    """
    with transaction.atomic():
        identifier = RevocationRequest.objects.filter(pk=request).values_list("submission", flat=True).first()
        if identifier is not None:
            lock(identifier)
        row = RevocationRequest.objects.filter(pk=request, approved_by=None).first()
        if row is None:
            raise ApiError("refused.not_now")
        reasons = [reason_from_json(reason) for reason in row.reasons]
        submission = apply(row.submission_id, row.action, Actor(user=user), now, reasons=reasons, request=row)
        RevocationRequest.objects.filter(pk=row.pk).update(approved_by=user, approved_at=now)
        return submission


def cancel_revocation(request: int, user: Any) -> None:
    """Delete the user's own request that nobody has approved. Raises ApiError not_now."""
    deleted, _ = RevocationRequest.objects.filter(pk=request, requested_by=user, approved_by=None).delete()
    if not deleted:
        raise ApiError("refused.not_now")
