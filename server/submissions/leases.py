"""Claims: one person at a time works on a submission, for a limited time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from server.core.api_errors import ApiError
from server.members.scope import scope_of
from server.payments.orders import may_be_reviewed
from server.submissions.actor import SERVER, Actor, ActorOnMany
from server.submissions.attempts import attempt
from server.submissions.locks import lock, locked_rows
from server.submissions.models import AuditEntry, Submission
from server.submissions.queue_order import in_queue_order
from server.submissions.rule import RETOUCHER_ACTIONS, Action, Role
from server.submissions.states import CLAIMABLE_STATES, State
from server.submissions.workflow import apply, claim_end, execute, execute_alike

QUEUES: Final = {
    Role.REVIEWER: State.RECEIVED,
    Role.FINAL_REVIEWER: State.FINAL_REVIEW,
    Role.RETOUCHER: State.RETOUCHING,
}
"""The state of the submissions that wait for each role."""
LEAVING: Final = timedelta(seconds=20)
"""How long a claim lasts after its page was left."""


def waiting_for(user: Any, role: Role, rows: QuerySet[Submission] | None = None) -> QuerySet[Submission]:
    """Return the submissions that a user in this role may claim now; server.submissions.queue_order has the order.

    Where the campaign requires payment before the review, a reviewer gets only submissions with a settled order; where
    it requires two people, a final reviewer gets none that they reviewed or retouched themselves.
    """
    rows = Submission.objects.all() if rows is None else rows
    rows = rows.filter(state=QUEUES[role].value, claimed_until=None)
    scope = scope_of(user, role.value)
    if not scope.everything:
        rows = rows.filter(campaign__in=scope.allowed())
    if role is Role.REVIEWER:
        rows = rows.filter(may_be_reviewed())
    if role is Role.FINAL_REVIEWER:
        own = AuditEntry.objects.filter(
            user=user.pk, action__in=[Action.APPROVE, Action.REQUEST_RETOUCH, *RETOUCHER_ACTIONS]
        )
        rows = rows.exclude(campaign__four_eyes=True, pk__in=own.values("submission"))
    return rows


def claim(identifier: str, user: Any, now: datetime) -> Submission:
    """Claim this submission. Raises ApiError: claimed (by somebody else), not_now, not_allowed."""
    with transaction.atomic():
        return claim_locked(lock(identifier), user, now)


def claim_locked(submission: Submission, user: Any, now: datetime) -> Submission:
    """Claim a locked submission; renew the user's own claim, release an expired claim of somebody else."""
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
            queue = queue.filter(campaign=campaign)
        row = next((row for part in in_queue_order(queue, now) if (row := part.first()) is not None), None)
        return None if row is None else execute(attempt(row, Action.CLAIM, Actor(user=user), now))


def claim_several(user: Any, role: Role, now: datetime, count: int, condition: Q) -> list[Submission]:
    """Claim up to `count` waiting submissions that match `condition`, the oldest first. Two people never get the
    same one."""
    release_expired_leases(now)
    with transaction.atomic():
        queue = waiting_for(user, role, locked_rows(skip_locked=True)).filter(condition)
        rows = list(queue.select_related("station").order_by("received_at", "id")[:count])
        actor = ActorOnMany(user=user)
        execute_alike([attempt(row, Action.CLAIM, actor, now) for row in rows])
        return rows


def renew(identifier: str, user: Any, now: datetime) -> bool:
    """Extend the user's claim while their page is open; False if they no longer have it."""
    return bool(renew_several([identifier], user, now))


def renew_several(identifiers: Collection[str], user: Any, now: datetime) -> set[str]:
    """Extend the user's claims while their page is open; return those that they still have."""
    claims = Submission.objects.filter(pk__in=identifiers, claimed_by=user.pk, state__in=_claimable())
    undecided = claims.filter(pending_decision=None)
    with transaction.atomic():
        undecided.update(claimed_until=claim_end(now))
        remaining = set(undecided.values_list("pk", flat=True))
    return remaining


def end_soon(identifier: str, user: Any, now: datetime) -> None:
    """Let the claim end after LEAVING, because the user has left its page; a page that was only reloaded renews it."""
    claims = Submission.objects.filter(pk=identifier, claimed_by=user.pk, state__in=_claimable())
    claims.filter(pending_decision=None, claimed_until__gt=now + LEAVING).update(claimed_until=now + LEAVING)


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
