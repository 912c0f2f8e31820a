"""What follows from a transition outside this application: notices, payments. Every effect runs in the transition's
transaction, so that it happens exactly if the transition does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.notices.queue import queue_notice
from server.submissions.actor import Actor
from server.submissions.models import Submission
from server.submissions.reasons import GivenReason, remark_of
from server.submissions.rules import Rule, State, StudentEffect

APPROVED: Final = "approved"


@dataclass(frozen=True)
class Transition:
    """One transition as it was just written. `from_state` is None for a new submission."""

    submission: Submission
    rule: Rule
    actor: Actor
    now: datetime
    from_state: State | None
    to_state: State
    reasons: tuple[GivenReason, ...] = ()


Effect = Callable[[Transition], None]


def notify_student(transition: Transition) -> None:
    """Queue the rule's notice; none while an approved portrait still has a review before it."""
    event = transition.rule.notice
    if event == APPROVED and transition.to_state is State.AWAITING_CONFIRMATION:
        event = State.AWAITING_CONFIRMATION.value
    elif event == APPROVED and transition.to_state is not State.CONFIRMED:
        event = ""
    if event:
        comment = remark_of(transition.reasons)
        codes = [reason.code for reason in transition.reasons]
        until = _deadline(transition)
        queue_notice(event, transition.submission, transition.now, reasons=codes, comment=comment, until=until)


def _deadline(transition: Transition) -> datetime | None:
    """Return until when the student has to do something, if they have."""
    if transition.to_state is State.AWAITING_CONFIRMATION:
        return transition.submission.confirm_until
    if transition.rule.student is StudentEffect.EXPECTED:
        return transition.submission.student.resubmit_until
    if transition.to_state is State.REVOKED:
        return transition.submission.student.campaign.appeal_end(transition.now)
    return None


EFFECTS: Final[tuple[Effect, ...]] = (notify_student,)
"""Called in this order. An exception rolls the transition back."""


def run_effects(transition: Transition) -> None:
    for effect in EFFECTS:
        effect(transition)
