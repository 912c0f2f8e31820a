"""Effects of a transition outside this application: notices and payments. Every effect runs in the transaction of the
transition, so that both are committed or neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.notices.queue import queue_notice
from server.payments.events import EventKind, add_event
from server.payments.models import Order
from server.payments.orders import lock_order, order_for
from server.payments.refund_models import RefundCause
from server.payments.refunds import refund_by_rule
from server.submissions.actor import Actor
from server.submissions.models import Submission
from server.submissions.reasons import GivenReason, remark_of
from server.submissions.rule import Action, Payment, Rule, StudentEffect
from server.submissions.states import State

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
    """Queue the rule's notice; none for an approval before retouching or another review."""
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


def change_order(transition: Transition) -> None:
    """Create the order of a new submission, record a free retake, or refund by the campaign's rule."""
    student, now = transition.submission.student, transition.now
    if transition.rule.action is Action.SUBMIT:
        order_for(student, now)
    elif transition.rule.payment is not Payment.UNCHANGED:
        order = Order.objects.filter(student=student).first()
        if order is not None:
            _follow_rule(order, transition)


def _follow_rule(order: Order, transition: Transition) -> None:
    campaign, now = transition.submission.student.campaign, transition.now
    revoked = transition.to_state is State.REVOKED
    refunds = campaign.refund_on_revocation if revoked else campaign.refund_on_withdrawal
    locked = lock_order(order.pk)
    if transition.rule.payment is Payment.FREE_RETAKE:
        add_event(locked, EventKind.FREE_RETAKE, now, user=transition.actor.user)
    elif refunds:
        refund_by_rule(locked, RefundCause.REVOKED if revoked else RefundCause.WITHDRAWN, now)


def _deadline(transition: Transition) -> datetime | None:
    """Return the time until which the student may answer, come again or appeal; None after other transitions."""
    if transition.to_state is State.AWAITING_CONFIRMATION:
        return transition.submission.confirm_until
    if transition.rule.student is StudentEffect.EXPECTED:
        return transition.submission.student.resubmit_until
    if transition.to_state is State.REVOKED:
        return transition.submission.student.campaign.appeal_end(transition.now)
    return None


EFFECTS: Final[tuple[Effect, ...]] = (notify_student, change_order)
"""Called in this order. An exception rolls the transition back."""


def run_effects(transition: Transition) -> None:
    for effect in EFFECTS:
        effect(transition)
