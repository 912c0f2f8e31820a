"""A reviewer's decision takes effect some seconds after it was made; until then its reviewer may take it back.

A pending decision changes no state and sends no notice, so nothing has to be undone when it is taken back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from server.core.api_errors import ApiError
from server.submissions.actor import SERVER, Actor, ActorOnMany
from server.submissions.attempts import attempt, check_revision, decided_already
from server.submissions.guards import Attempt
from server.submissions.leases import claim_locked
from server.submissions.locks import lock, lock_several
from server.submissions.models import PendingDecision, Submission
from server.submissions.reasons import GivenReason, reason_from_json, reason_to_json
from server.submissions.rule import Action
from server.submissions.states import State
from server.submissions.workflow import claim_end, execute

log = logging.getLogger(__name__)

DECISIONS: Final = (Action.APPROVE, Action.REJECT, Action.REQUEST_RETOUCH, Action.SEND_BACK)
_REVIEWABLE: Final = (State.RECEIVED.value, State.FIRST_REVIEW.value, State.FINAL_REVIEW.value)


def decide(
    identifier: str,
    action: str,
    revision: int,
    user: Any,
    now: datetime,
    *,
    reasons: Sequence[GivenReason] = (),
    identity_confirmed: bool = False,
) -> Submission:
    """Decide on a submission as the reviewer saw it; claim it if nobody has. Takes effect after [review] undo_seconds.

    Raises ApiError: decided_already, claimed, not_now, not_allowed, the errors of reasons and guards.
    """
    if action not in DECISIONS:
        raise ApiError("refused.not_now")
    with transaction.atomic():
        submission = lock(identifier)
        pending = PendingDecision.objects.select_related("user").filter(pk=identifier).first()
        _check_open(submission, revision, pending)
        submission = claim_locked(submission, user, now)
        checked = attempt(
            submission, action, Actor(user=user), now, reasons=reasons, identity_confirmed=identity_confirmed
        )
        wait = settings.APP.review.undo_seconds
        if not wait:
            return execute(checked)
        _pending(checked, wait).save(force_insert=True)
        return submission


def approve_several(
    revisions: Mapping[str, int], user: Any, now: datetime, check: Callable[[Submission], None]
) -> tuple[list[Submission], dict[str, ApiError]]:
    """Approve the submissions that the reviewer saw in these `revisions` and has claimed. `check` raises ApiError for
    one that must not be approved together with others.

    Return the approved submissions, and for each other one why it stays undecided. An approval that is repeated,
    because its response was lost, counts as approved.
    """
    approved: list[Submission] = []
    refused: dict[str, ApiError] = {}
    with transaction.atomic():
        rows = lock_several(revisions)
        pending = PendingDecision.objects.select_related("user").in_bulk(list(rows))
        actor, checked = ActorOnMany(user=user), []
        for identifier, revision in revisions.items():
            try:
                attempted = _attempt_one(rows.get(identifier), revision, pending.get(identifier), actor, now, check)
            except ApiError as api_error:
                refused[identifier] = api_error
            else:
                approved.append(rows[identifier])
                checked += [attempted] if attempted else []
        _carry_out(checked, now)
    return approved, refused


def _attempt_one(
    submission: Submission | None,
    revision: int,
    pending: PendingDecision | None,
    actor: Actor,
    now: datetime,
    check: Callable[[Submission], None],
) -> Attempt | None:
    """Return the checked approval; None if it is pending already. Raises ApiError."""
    if submission is None or submission.claimed_by_id != actor.user.pk:
        raise ApiError("refused.claim_over")
    if pending is not None and pending.action == Action.APPROVE.value:  # by this user, who has the claim
        return None
    _check_open(submission, revision, pending)
    check(submission)
    return attempt(submission, Action.APPROVE, actor, now)


def _carry_out(checked: Sequence[Attempt], now: datetime) -> None:
    wait = settings.APP.review.undo_seconds
    if not wait:
        for one in checked:
            execute(one)
        return
    PendingDecision.objects.bulk_create(_pending(one, wait) for one in checked)
    Submission.objects.filter(pk__in=[one.submission.pk for one in checked]).update(claimed_until=claim_end(now))


def _pending(checked: Attempt, wait: int) -> PendingDecision:
    return PendingDecision(
        submission=checked.submission,
        action=checked.rule.action.value,
        user=checked.actor.user,
        decided_at=checked.now,
        effective_at=checked.now + timedelta(seconds=wait),
        reasons=[reason_to_json(reason) for reason in checked.reasons],
        identity_confirmed=checked.identity_confirmed,
    )


def take_back(identifier: str, user: Any, now: datetime) -> Submission:
    """Delete the user's pending decision; the submission stays claimed by them.

    Raises ApiError: nothing_to_take_back (also if it has taken effect), not_allowed.
    """
    with transaction.atomic():
        submission = lock(identifier)
        pending = PendingDecision.objects.filter(pk=identifier).first()
        if pending is None or pending.effective_at <= now:
            raise ApiError("refused.nothing_to_take_back")
        if pending.user_id != user.pk:
            raise ApiError("refused.not_allowed")
        pending.delete()
        Submission.objects.filter(pk=identifier).update(claimed_until=claim_end(now))
        submission.claimed_until = claim_end(now)
        return submission


def settle_due_decisions(now: datetime) -> int:
    """Carry out every pending decision whose time has come; return how many. Safe to call at any time."""
    due = PendingDecision.objects.filter(effective_at__lte=now).order_by("effective_at", "pk")
    return sum(_settle(identifier, now) for identifier in list(due.values_list("pk", flat=True)))


def _settle(identifier: str, now: datetime) -> bool:
    with transaction.atomic():
        submission = lock(identifier)
        pending = PendingDecision.objects.select_related("user").filter(pk=identifier, effective_at__lte=now).first()
        if pending is None:  # taken back, or settled by another process, meanwhile
            return False
        pending.delete()
        try:
            checked = attempt(
                submission,
                pending.action,
                Actor(user=pending.user),
                now,
                reasons=[reason_from_json(reason) for reason in pending.reasons],
                identity_confirmed=pending.identity_confirmed,
            )
        except ApiError as api_error:  # the reviewer's roles or the campaign changed within these seconds
            log.warning("the decision on submission %s was dropped: %s", identifier, api_error.reason)
            Submission.objects.filter(pk=identifier).update(claimed_until=now)
            submission.claimed_until = now
            execute(attempt(submission, Action.RELEASE, SERVER, now))
            return False
        execute(checked)
        return True


def _check_open(submission: Submission, revision: int, pending: PendingDecision | None) -> None:
    check_revision(submission, revision)
    if pending is not None:
        raise ApiError("refused.decided_already", by=str(pending.user))
    if submission.state not in _REVIEWABLE:
        raise decided_already(submission)
