"""The conditions of the workflow's rules. Each raises ApiError if its condition does not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from server.core.api_errors import ApiError
from server.payments.orders import BEFORE_REVIEW, PAYMENT_STAGES, is_required, is_settled
from server.records.campaign_options import RetouchMode
from server.records.models import Campaign
from server.submissions.actor import Actor
from server.submissions.confirmation import deadline_of
from server.submissions.models import AuditEntry, IdentityCheck, PendingDecision, Submission, was_interrupted
from server.submissions.reasons import GivenReason
from server.submissions.revocation_models import RevocationRequest
from server.submissions.rule import RETOUCHER_ACTIONS, Action, Guard, Rule
from server.submissions.states import State

IDENTITY_CONFIRMED: Final = "identity_confirmed"  # the comment of an approval with a confirmed identity
ONE_PERSON: Final = "one_person"  # the comment of a final approval by somebody who reviewed or retouched it before


@dataclass(frozen=True)
class Attempt:
    """An action that somebody wants to carry out on a locked submission, with everything they sent.

    `identity_confirmed`: the reviewer verified the identity by other means. `portrait_sha256`: the retouched portrait.
    `request`: the approved request of another administrator.
    """

    submission: Submission
    rule: Rule
    actor: Actor
    now: datetime
    reasons: tuple[GivenReason, ...] = ()
    identity_confirmed: bool = False
    portrait_sha256: str | None = None
    request: RevocationRequest | None = None

    @property
    def campaign(self) -> Campaign:
        return self.submission.student.campaign


def check_guards(attempt: Attempt) -> None:
    """Raise ApiError for the first condition that does not hold."""
    for guard in attempt.rule.guards:
        CHECKS[guard](attempt)


def order_settled(submission: Submission) -> bool:
    """Whether the student's order is paid or waived, or the campaign requires neither."""
    student = submission.student
    return not is_required(student.campaign, *PAYMENT_STAGES) or is_settled(student)


def order_settled_for_review(submission: Submission) -> bool:
    """Whether the order is paid or waived, or the campaign requires neither before the review. `before_capture` counts
    here, too: a station that was offline takes the photo without payment, and then the photo waits."""
    student = submission.student
    return not is_required(student.campaign, *BEFORE_REVIEW) or is_settled(student)


def has_pending_decision(submission: Submission) -> bool:
    return PendingDecision.objects.filter(pk=submission.pk).exists()


def is_same_person(attempt: Attempt) -> bool:
    """Whether the actor made the first review of this submission or retouched it."""
    involved = AuditEntry.objects.filter(submission=attempt.submission, user=attempt.actor.user)
    first_review = involved.filter(
        from_state=State.FIRST_REVIEW.value, action__in=[Action.APPROVE.value, Action.REQUEST_RETOUCH.value]
    )
    return first_review.exists() or involved.filter(action__in=RETOUCHER_ACTIONS).exists()


def is_identity_in_doubt(submission: Submission) -> bool:
    """Whether the last four characters did not match and no reviewer has confirmed the identity since."""
    mismatch = submission.identity_check == IdentityCheck.NOT_MATCHED.value
    return mismatch and not submission.history.filter(comment__contains=IDENTITY_CONFIRMED).exists()


def retakes_used(student: str) -> int:
    """Return how often this student has rejected a portrait of their own."""
    return AuditEntry.objects.filter(submission__student=student, action=Action.RETAKE.value).count()


def _is_claimed_by(submission: Submission, user: Any) -> bool:
    return user is not None and submission.claimed_by_id is not None and submission.claimed_by_id == user.pk


def _not_claimed(attempt: Attempt) -> None:
    submission = attempt.submission
    is_claimed = submission.claimed_until is not None and submission.claimed_until > attempt.now
    if is_claimed and not _is_claimed_by(submission, attempt.actor.user):
        raise ApiError("refused.claimed", by=str(submission.claimed_by))


def _claimed_by_actor(attempt: Attempt) -> None:
    """An expired claim counts as long as nobody has released it."""
    if not _is_claimed_by(attempt.submission, attempt.actor.user):
        raise ApiError("refused.claimed", by=str(attempt.submission.claimed_by or "-"))


def _lease_over_or_own(attempt: Attempt) -> None:
    until = attempt.submission.claimed_until
    if attempt.actor.is_server:
        if until is not None and until > attempt.now:
            raise ApiError("refused.claimed", by=str(attempt.submission.claimed_by))
    else:
        _claimed_by_actor(attempt)


def _undecided(attempt: Attempt) -> None:
    if has_pending_decision(attempt.submission):
        raise ApiError("refused.decision_pending")


def _has_portrait(attempt: Attempt) -> None:
    if attempt.submission.portrait_sha256 is None:
        raise ApiError("refused.no_portrait")


def _identity_confirmed(attempt: Attempt) -> None:
    if not attempt.identity_confirmed and is_identity_in_doubt(attempt.submission):
        raise ApiError("refused.identity_unconfirmed")


def _retouch_offered(attempt: Attempt) -> None:
    if attempt.campaign.retouch == RetouchMode.NEVER.value:
        raise ApiError("refused.no_retouching")


def _new_portrait(attempt: Attempt) -> None:
    if attempt.portrait_sha256 in (None, attempt.submission.portrait_sha256):
        raise ApiError("refused.new_portrait_missing")


def _four_eyes(attempt: Attempt) -> None:
    if attempt.campaign.four_eyes and is_same_person(attempt):
        raise ApiError("refused.four_eyes")


def _deadline_over(attempt: Attempt) -> None:
    deadline = deadline_of(attempt.submission)
    if deadline is None or attempt.now < deadline:
        raise ApiError("refused.too_early")


def _retakes_left(attempt: Attempt) -> None:
    if retakes_used(attempt.submission.student_id) >= attempt.campaign.max_retakes:
        raise ApiError("refused.no_retakes_left", limit=attempt.campaign.max_retakes)


def _interrupted(attempt: Attempt) -> None:
    if not was_interrupted(attempt.submission):
        raise ApiError("refused.not_now")


def _order_settled(attempt: Attempt) -> None:
    if not order_settled(attempt.submission):
        raise ApiError("refused.order_open")


def _order_settled_for_review(attempt: Attempt) -> None:
    if not order_settled_for_review(attempt.submission):
        raise ApiError("refused.unpaid_review")


def _not_simulated(attempt: Attempt) -> None:
    if attempt.submission.simulated:
        raise ApiError("refused.simulated_delivery")


def _second_person(attempt: Attempt) -> None:
    request, user = attempt.request, attempt.actor.user
    if request is None or user is None or request.requested_by_id == user.pk:
        raise ApiError("refused.second_person")


def _not_handed_over(attempt: Attempt) -> None:
    if attempt.submission.handed_over_at is not None:
        raise ApiError("refused.handed_over")


CHECKS: Final[Mapping[Guard, Callable[[Attempt], None]]] = {
    Guard.NOT_CLAIMED: _not_claimed,
    Guard.CLAIMED_BY_ACTOR: _claimed_by_actor,
    Guard.LEASE_OVER_OR_OWN: _lease_over_or_own,
    Guard.UNDECIDED: _undecided,
    Guard.HAS_PORTRAIT: _has_portrait,
    Guard.IDENTITY_CONFIRMED: _identity_confirmed,
    Guard.RETOUCH_OFFERED: _retouch_offered,
    Guard.NEW_PORTRAIT: _new_portrait,
    Guard.FOUR_EYES: _four_eyes,
    Guard.DEADLINE_OVER: _deadline_over,
    Guard.RETAKES_LEFT: _retakes_left,
    Guard.INTERRUPTED: _interrupted,
    Guard.ORDER_SETTLED: _order_settled,
    Guard.ORDER_SETTLED_FOR_REVIEW: _order_settled_for_review,
    Guard.NOT_SIMULATED: _not_simulated,
    Guard.SECOND_PERSON: _second_person,
    Guard.NOT_HANDED_OVER: _not_handed_over,
}
