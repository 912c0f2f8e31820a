"""Decide the findings of a delivery's check: keep the portrait, take it out, or take it out and propose its revocation.
The check itself refuses nobody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from config.errors import Problem
from server.delivery.check_findings import open_findings, summary_of
from server.delivery.check_jobs import pack_if_decided, queue_packaging
from server.delivery.check_models import CheckStatus, Decision, DeliveryCheck, PortraitCheck
from server.delivery.models import Delivery, Status
from server.submissions.actor import ActorOnMany
from server.submissions.attempts import attempt
from server.submissions.locks import lock_several
from server.submissions.reasons import FREE_TEXT_REASON, GivenReason, check_text
from server.submissions.revocation import propose_revocation
from server.submissions.rule import Action
from server.submissions.states import State
from server.submissions.workflow import execute

PROPOSAL: Final = "beautified"
"""The finding of the proposal, with the message `proposal.beautified`."""


def decide(
    delivery: Delivery, findings: Iterable[int], decision: Decision, reason: str, user: Any, now: datetime
) -> list[PortraitCheck]:
    """Decide these findings alike, all or none, and pack if they were the last; return those that were still open.

    Raises Problem: delivery.check_packing (packaging has begun), and ApiError: refused.text_missing, text_long, and
    the workflow's refusals.
    """
    reason = check_text(reason)
    with transaction.atomic():
        locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
        if locked.status != Status.WAITING.value:
            raise Problem("delivery.check_packing")
        chosen = list(open_findings(locked).filter(pk__in=list(findings)))
        if decision is not Decision.KEEP:
            _take_out(locked, chosen, decision, reason, user, now)
        PortraitCheck.objects.filter(pk__in=[one.pk for one in chosen]).update(
            decision=decision.value, reason=reason, decided_in=locked, decided_by=user, decided_at=now
        )
        pack_if_decided(locked)
        return chosen


def pack_unchecked(delivery: Delivery, reason: str, user: Any, now: datetime) -> None:
    """Pack without the check if this server cannot carry it out; the hand-over records that. Findings that are still
    open need their decision first.

    Raises Problem: delivery.check_not_stopped, delivery.check_undecided; ApiError: refused.text_missing, text_long.
    """
    reason = check_text(reason)
    with transaction.atomic():
        locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
        stopped = DeliveryCheck.objects.filter(pk=locked.pk, status=CheckStatus.STOPPED.value)
        if locked.status != Status.WAITING.value or not stopped.exists():
            raise Problem("delivery.check_not_stopped")
        if open_findings(locked).exists():
            raise Problem("delivery.check_undecided")
        stopped.update(
            status=CheckStatus.SKIPPED.value,
            finished_at=now,
            skipped_by=user,
            skip_reason=reason,
            summary=summary_of(locked),
        )
        queue_packaging(locked)


def _take_out(
    delivery: Delivery, chosen: list[PortraitCheck], decision: Decision, reason: str, user: Any, now: datetime
) -> None:
    """Move the submissions back to `confirmed` and leave their items out of this delivery. A submission that is not
    queued any more, or was handed over with another package, is only left out."""
    submissions, actor = lock_several(one.submission_id for one in chosen), ActorOnMany(user=user)
    for submission in submissions.values():
        if submission.state == State.QUEUED.value and submission.handed_over_at is None:
            execute(attempt(submission, Action.DEQUEUE, actor, now, reasons=[GivenReason(FREE_TEXT_REASON, reason)]))
        if decision is Decision.REVOKE:
            propose_revocation(submission, PROPOSAL, now)
    delivery.items.filter(submission__in=submissions, left_out_at=None).update(left_out_at=now)
