"""One rule of the workflow: its action, roles and conditions, and its effects on order and student."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from server.submissions.states import State


class Action(StrEnum):
    """`submit` creates a submission; every other action changes one. `skip_retouch`: there is nothing to retouch.
    `refuse`: CHSI did not accept the upload."""

    SUBMIT = "submit"
    CLAIM = "claim"
    RELEASE = "release"
    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_RETOUCH = "request_retouch"
    SUBMIT_RETOUCH = "submit_retouch"
    SKIP_RETOUCH = "skip_retouch"
    DECLINE_RETOUCH = "decline_retouch"
    SEND_BACK = "send_back"
    CONFIRM = "confirm"
    CONFIRM_BY_DEADLINE = "confirm_by_deadline"
    RETAKE = "retake"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"
    QUEUE = "queue"
    DEQUEUE = "dequeue"
    PUBLISH = "publish"
    REFUSE = "refuse"
    REVOKE = "revoke"
    GRANT_APPEAL = "grant_appeal"


class Role(StrEnum):
    """The capacity in which somebody acts. `server`: its clock or its intake acts, without a person."""

    STATION = "station"
    STUDENT = "student"
    REVIEWER = "reviewer"
    FINAL_REVIEWER = "final_reviewer"
    RETOUCHER = "retoucher"
    DELIVERY = "delivery"
    ADMINISTRATOR = "administrator"
    SERVER = "server"


class Payment(StrEnum):
    """The effect of an action on the student's order. `free_retake`: the order stays, and the next photo costs nothing.
    `campaign_refund`: a refund only by the campaign's written rule."""

    UNCHANGED = "unchanged"
    FREE_RETAKE = "free_retake"
    CAMPAIGN_REFUND = "campaign_refund"


class StudentEffect(StrEnum):
    """The student's state afterwards. `expected` also lets them come again after the campaign's last day."""

    UNCHANGED = "unchanged"
    CAPTURED = "captured"
    EXPECTED = "expected"


class Guard(StrEnum):
    """A condition besides state and role; a function of `server.submissions.guards` checks each."""

    NOT_CLAIMED = "not_claimed"
    CLAIMED_BY_ACTOR = "claimed_by_actor"
    LEASE_OVER_OR_OWN = "lease_over_or_own"
    UNDECIDED = "undecided"
    HAS_PORTRAIT = "has_portrait"
    IDENTITY_CONFIRMED = "identity_confirmed"
    RETOUCH_OFFERED = "retouch_offered"
    NEW_PORTRAIT = "new_portrait"
    FOUR_EYES = "four_eyes"
    DEADLINE_OVER = "deadline_over"
    RETAKES_LEFT = "retakes_left"
    INTERRUPTED = "interrupted"
    ORDER_SETTLED = "order_settled"
    ORDER_SETTLED_FOR_REVIEW = "order_settled_for_review"
    NOT_SIMULATED = "not_simulated"
    SECOND_PERSON = "second_person"
    NOT_HANDED_OVER = "not_handed_over"


RETOUCHER_ACTIONS: Final = (Action.SUBMIT_RETOUCH, Action.SKIP_RETOUCH)
"""Actions after which another person makes the final review, where the campaign requires two."""


@dataclass(frozen=True)
class Rule:
    """One row of the table. With several targets the campaign's settings choose one (`workflow.next_state`).

    `needs_reasons`: at least one reason code. `notice`: the event of the notice to the student; "" for none.
    """

    source: State | None
    action: Action
    roles: tuple[Role, ...]
    targets: tuple[State, ...]
    guards: tuple[Guard, ...] = ()
    needs_reasons: bool = False
    notice: str = ""
    payment: Payment = Payment.UNCHANGED
    student: StudentEffect = StudentEffect.UNCHANGED
