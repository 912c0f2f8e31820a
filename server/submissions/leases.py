"""Claims: one person at a time works on a submission, for a limited time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from server.core.api_errors import ApiError
from server.members.scope import scope_of
from server.submissions.actor import SERVER, Actor
from server.submissions.models import AuditEntry, Submission
from server.submissions.rules import CLAIMABLE_STATES, Action, Role, State
from server.submissions.workflow import apply, attempt, claim_end, execute, lock, locked_rows

QUEUES: Final = {
    Role.REVIEWER: State.RECEIVED,
    Role.FINAL_REVIEWER: State.FINAL_REVIEW,
    Role.RETOUCHER: State.RETOUCHING,
}
"""The state in which each role finds its work."""


def waiting_for(user: Any, role: Role, rows: QuerySet[Submission] | None = None) -> QuerySet[Submission]:
    """Return what somebody in this role may claim now: suspicious ones first, then the oldest.

    A final reviewer does not find what they reviewed or retouched themselves, where the campaign requires two people.
    """
    rows = Submission.objects.all() if rows is None else rows
    rows = rows.filter(state=QUEUES[role].value, claimed_until=None)
    scope = scope_of(user, role.value)
    if not scope.everything:
        rows = rows.filter(student__campaign__in=scope.allowed())
    if role is Role.FINAL_REVIEWER:
        own = AuditEntry.objects.filter(
            user=user.pk, action__in=[Action.APPROVE.value, Action.REQUEST_RETOUCH.value, Action.SUBMIT_RETOUCH.value]
        )
        rows = rows.exclude(student__campaign__four_eyes=True, pk__in=own.values("submission"))
    return rows.order_by("-suspicious", "received_at", "id")


def claim(identifier: str, user: Any, now: datetime) -> Submission:
    """Claim this submission. Raises ApiError: claimed (by somebody else), not_now, not_allowed."""
    with transaction.atomic():
        return claim_locked(lock(identifier), user, now)


def claim_locked(submission: Submission, user: Any, now: datetime) -> Submission:
    """Claim a locked submission; a claim of the user's own is renewed, an expired one of somebody else is released."""
    if submission.claimed_by_id == user.pk and submission.state in CLAIMABLE_STATES:
        _extend(submission, claim_end(now))
        return submission
    if submission.state == State.FIRST_REVIEW.value and not _is_claimed(submission, now):
        submission = execute(attempt(submission, Action.RELEASE, SERVER, now))
    if submission.state == State.FIRST_REVIEW.value:
        raise ApiError("refused.claimed", by=str(submission.claimed_by))
    return execute(attempt(submission, Action.CLAIM, Actor(user=user), now))


def claim_next(user: Any, role: Role, now: datetime, campaign: str = "") -> Submission | None:
    """Claim the first waiting submission for this role; None if nothing waits. Two people never get the same one."""
    release_expired_leases(now)
    with transaction.atomic():
        # One statement selects and locks, so a row that somebody else has just claimed is not returned.
        queue = waiting_for(user, role, locked_rows(skip_locked=True))
        if campaign:
            queue = queue.filter(student__campaign=campaign)
        row = queue.first()
        return None if row is None else execute(attempt(row, Action.CLAIM, Actor(user=user), now))


def renew(identifier: str, user: Any, now: datetime) -> bool:
    """Extend the user's claim while their page is open; False if they have none any more."""
    claims = Submission.objects.filter(pk=identifier, claimed_by=user.pk, state__in=_claimable())
    return bool(claims.filter(pending_decision=None).update(claimed_until=claim_end(now)))


def release(identifier: str, user: Any, now: datetime) -> Submission:
    """Give the user's claim back to the queue. Raises ApiError: claimed, decision_pending, not_now, not_allowed."""
    return apply(identifier, Action.RELEASE, Actor(user=user), now)


def release_expired_leases(now: datetime) -> int:
    """Give every expired claim back to its queue; return how many."""
    expired = Submission.objects.filter(
        state__in=_claimable(), claimed_until__lte=now, pending_decision=None
    ).values_list("pk", flat=True)
    return sum(_release_expired(identifier, now) for identifier in list(expired))


def _release_expired(identifier: str, now: datetime) -> bool:
    try:
        apply(identifier, Action.RELEASE, SERVER, now)
    except ApiError:  # renewed, decided or released meanwhile
        return False
    return True


def _is_claimed(submission: Submission, now: datetime) -> bool:
    return submission.claimed_until is not None and submission.claimed_until > now


def _extend(submission: Submission, until: datetime) -> None:
    Submission.objects.filter(pk=submission.pk).update(claimed_until=until)
    submission.claimed_until = until


def _claimable() -> list[str]:
    return [state.value for state in CLAIMABLE_STATES]
