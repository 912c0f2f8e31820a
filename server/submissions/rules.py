"""The life of a submission as data: who may do what in which state, what it needs and what follows.

`server.submissions.workflow` carries a rule out, `server.submissions.guards` has the conditions that need the database.
This module needs neither Django nor a database.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """The state of a submission. Stations read it in their receipts."""

    RECEIVED = "received"
    FIRST_REVIEW = "first_review"
    RETOUCHING = "retouching"
    FINAL_REVIEW = "final_review"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    CONFIRMED = "confirmed"
    QUEUED = "queued"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


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
    """In which capacity somebody acts. `server`: its clock and its intake, without a person."""

    STATION = "station"
    STUDENT = "student"
    REVIEWER = "reviewer"
    FINAL_REVIEWER = "final_reviewer"
    RETOUCHER = "retoucher"
    DELIVERY = "delivery"
    ADMINISTRATOR = "administrator"
    SERVER = "server"


class Payment(StrEnum):
    """What an action means for the student's order. `free_retake`: the order stays, and the next photo costs nothing.
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
    """A condition beside state and role; each is a function of `server.submissions.guards`."""

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


CLOSED_STATES: Final = (State.REJECTED, State.WITHDRAWN, State.SUPERSEDED, State.REVOKED)
"""States after which the student has no open submission; after `revoked` no new version may come either."""
FROZEN_STATES: Final = (State.CONFIRMED, State.QUEUED, State.PUBLISHED)
"""States in which the portrait's bytes never change."""
UNDECIDED_STATES: Final = (State.RECEIVED, State.FIRST_REVIEW)
"""States before the first decision."""
CLAIMABLE_STATES: Final = (State.FIRST_REVIEW, State.RETOUCHING, State.FINAL_REVIEW)
"""States in which one person at a time works on the submission."""
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


def _rule(source: State, action: Action, roles: Role | tuple[Role, ...], *targets: State, **details: object) -> Rule:
    return Rule(source, action, (roles,) if isinstance(roles, Role) else roles, targets, **details)  # type: ignore[arg-type]


def _rejection(source: State, action: Action, role: Role, *guards: Guard) -> Rule:
    """Every way to `rejected` gives reasons, a notice, a free retake and days to come again."""
    return Rule(
        source,
        action,
        (role,),
        (State.REJECTED,),
        guards,
        True,
        "rejected",
        Payment.FREE_RETAKE,
        StudentEffect.EXPECTED,
    )


def _claim_and_release(state: State, role: Role) -> tuple[Rule, Rule]:
    """One person at a time works on a submission in this state; the state itself does not change."""
    return (
        _rule(state, Action.CLAIM, role, state, guards=(Guard.NOT_CLAIMED, Guard.UNDECIDED)),
        _rule(state, Action.RELEASE, (role, Role.SERVER), state, guards=(Guard.LEASE_OVER_OR_OWN, Guard.UNDECIDED)),
    )


def _revocation(source: State) -> Rule:
    return _rule(
        source,
        Action.REVOKE,
        Role.ADMINISTRATOR,
        State.REVOKED,
        guards=(Guard.SECOND_PERSON,),
        needs_reasons=True,
        notice="revoked",
        payment=Payment.CAMPAIGN_REFUND,
    )


SUBMIT: Final = Rule(
    None, Action.SUBMIT, (Role.STATION, Role.STUDENT, Role.REVIEWER), (State.RECEIVED,), notice="received"
)
"""How a submission begins. Intake carries it out (server.submissions.intake, sharing)."""

RULES: Final = (
    _rule(
        State.RECEIVED,
        Action.CLAIM,
        Role.REVIEWER,
        State.FIRST_REVIEW,
        guards=(Guard.NOT_CLAIMED, Guard.ORDER_SETTLED_FOR_REVIEW),
    ),
    _rule(
        State.FIRST_REVIEW,
        Action.RELEASE,
        (Role.REVIEWER, Role.SERVER),
        State.RECEIVED,
        guards=(Guard.LEASE_OVER_OR_OWN, Guard.UNDECIDED),
    ),
    _rule(
        State.FIRST_REVIEW,
        Action.APPROVE,
        Role.REVIEWER,
        State.RETOUCHING,
        State.FINAL_REVIEW,
        State.AWAITING_CONFIRMATION,
        State.CONFIRMED,
        guards=(Guard.CLAIMED_BY_ACTOR, Guard.HAS_PORTRAIT, Guard.IDENTITY_CONFIRMED),
        notice="approved",
        student=StudentEffect.CAPTURED,
    ),
    _rejection(State.FIRST_REVIEW, Action.REJECT, Role.REVIEWER, Guard.CLAIMED_BY_ACTOR),
    _rule(
        State.FIRST_REVIEW,
        Action.REQUEST_RETOUCH,
        Role.REVIEWER,
        State.RETOUCHING,
        guards=(Guard.CLAIMED_BY_ACTOR, Guard.HAS_PORTRAIT, Guard.RETOUCH_OFFERED),
        needs_reasons=True,
        student=StudentEffect.CAPTURED,
    ),
    *_claim_and_release(State.RETOUCHING, Role.RETOUCHER),
    _rule(
        State.RETOUCHING,
        Action.SUBMIT_RETOUCH,
        Role.RETOUCHER,
        State.FINAL_REVIEW,
        guards=(Guard.CLAIMED_BY_ACTOR, Guard.NEW_PORTRAIT),
    ),
    _rule(State.RETOUCHING, Action.SKIP_RETOUCH, Role.RETOUCHER, State.FINAL_REVIEW, guards=(Guard.CLAIMED_BY_ACTOR,)),
    _rejection(State.RETOUCHING, Action.DECLINE_RETOUCH, Role.RETOUCHER, Guard.CLAIMED_BY_ACTOR),
    *_claim_and_release(State.FINAL_REVIEW, Role.FINAL_REVIEWER),
    _rule(
        State.FINAL_REVIEW,
        Action.APPROVE,
        Role.FINAL_REVIEWER,
        State.AWAITING_CONFIRMATION,
        State.CONFIRMED,
        guards=(Guard.CLAIMED_BY_ACTOR, Guard.FOUR_EYES, Guard.HAS_PORTRAIT, Guard.IDENTITY_CONFIRMED),
        notice="approved",
        student=StudentEffect.CAPTURED,
    ),
    _rule(
        State.FINAL_REVIEW,
        Action.SEND_BACK,
        Role.FINAL_REVIEWER,
        State.RETOUCHING,
        guards=(Guard.CLAIMED_BY_ACTOR, Guard.RETOUCH_OFFERED),
        needs_reasons=True,
    ),
    _rejection(State.FINAL_REVIEW, Action.REJECT, Role.FINAL_REVIEWER, Guard.CLAIMED_BY_ACTOR),
    _rule(State.AWAITING_CONFIRMATION, Action.CONFIRM, Role.STUDENT, State.CONFIRMED, notice="confirmed"),
    _rule(
        State.AWAITING_CONFIRMATION,
        Action.CONFIRM_BY_DEADLINE,
        Role.SERVER,
        State.CONFIRMED,
        guards=(Guard.DEADLINE_OVER,),
        notice="confirmed_by_deadline",
    ),
    _rule(
        State.AWAITING_CONFIRMATION,
        Action.RETAKE,
        Role.STUDENT,
        State.WITHDRAWN,
        guards=(Guard.RETAKES_LEFT,),
        payment=Payment.FREE_RETAKE,
        student=StudentEffect.EXPECTED,
    ),
    _rule(
        State.RECEIVED,
        Action.WITHDRAW,
        Role.STUDENT,
        State.WITHDRAWN,
        payment=Payment.CAMPAIGN_REFUND,
        student=StudentEffect.EXPECTED,
    ),
    _rule(
        State.FIRST_REVIEW,
        Action.WITHDRAW,
        Role.STUDENT,
        State.WITHDRAWN,
        guards=(Guard.UNDECIDED,),
        payment=Payment.CAMPAIGN_REFUND,
        student=StudentEffect.EXPECTED,
    ),
    # An interrupted visit gives way to the completed one even while a reviewer looks at it.
    _rule(State.RECEIVED, Action.SUPERSEDE, Role.SERVER, State.SUPERSEDED, guards=(Guard.INTERRUPTED,)),
    _rule(State.FIRST_REVIEW, Action.SUPERSEDE, Role.SERVER, State.SUPERSEDED, guards=(Guard.INTERRUPTED,)),
    _rule(
        State.CONFIRMED,
        Action.QUEUE,
        Role.DELIVERY,
        State.QUEUED,
        guards=(Guard.ORDER_SETTLED, Guard.NOT_SIMULATED),
    ),
    _rule(
        State.QUEUED,
        Action.DEQUEUE,
        (Role.DELIVERY, Role.ADMINISTRATOR),
        State.CONFIRMED,
        guards=(Guard.NOT_HANDED_OVER,),
        needs_reasons=True,
    ),
    _rule(State.QUEUED, Action.PUBLISH, Role.DELIVERY, State.PUBLISHED, notice="published"),
    _rejection(State.QUEUED, Action.REFUSE, Role.DELIVERY),
    _revocation(State.AWAITING_CONFIRMATION),
    _revocation(State.CONFIRMED),
    _revocation(State.QUEUED),
    _revocation(State.PUBLISHED),
    _rule(
        State.REVOKED,
        Action.GRANT_APPEAL,
        Role.ADMINISTRATOR,
        State.CONFIRMED,
        guards=(Guard.SECOND_PERSON,),
        needs_reasons=True,
        notice="appeal_granted",
    ),
)

_BY_STATE_AND_ACTION: Final[dict[tuple[str | None, str], Rule]] = {(rule.source, rule.action): rule for rule in RULES}


def find_rule(state: str, action: str) -> Rule | None:
    """Return the rule for this action in this state; None if it is not possible."""
    return _BY_STATE_AND_ACTION.get((state, action))


def table_errors(rules: tuple[Rule, ...] = RULES) -> list[str]:
    """Return what is wrong with a table: the promises to users that every version of it must keep."""
    return [*_duplicate_rules(rules), *_unreachable_states(rules), *_wrong_ends(rules), *_broken_promises(rules)]


def _duplicate_rules(rules: tuple[Rule, ...]) -> list[str]:
    counts = Counter((rule.source, rule.action) for rule in rules)
    return [f"{source}.{action}: more than one rule" for (source, action), count in counts.items() if count > 1]


def _unreachable_states(rules: tuple[Rule, ...]) -> list[str]:
    reached, to_follow = {State.RECEIVED}, [State.RECEIVED]
    while to_follow:
        state = to_follow.pop()
        following = {target for rule in rules if rule.source is state for target in rule.targets} - reached
        reached |= following
        to_follow += following
    return [f"{state}: cannot be reached" for state in State if state not in reached]


def _wrong_ends(rules: tuple[Rule, ...]) -> list[str]:
    """A state without a way out would leave a student waiting for ever."""
    ends = {state for state in State if not any(rule.source is state for rule in rules)}
    expected = {State.REJECTED, State.WITHDRAWN, State.SUPERSEDED}
    return [f"{state}: wrong end" for state in sorted(ends ^ expected)]


def _broken_promises(rules: tuple[Rule, ...]) -> list[str]:
    return [f"{rule.source}.{rule.action}: {promise}" for rule in rules for promise in _promises_broken_by(rule)]


def _promises_broken_by(rule: Rule) -> list[str]:
    into, broken = set(rule.targets), []
    if into & {State.REJECTED, State.REVOKED} and not (
        rule.needs_reasons and rule.notice and rule.payment is not Payment.UNCHANGED
    ):
        broken.append("rejects without reasons, notice or a rule for the order")
    if State.REVOKED in (rule.source, *into) and Guard.SECOND_PERSON not in rule.guards:
        broken.append("one person alone revokes or restores")
    if rule.source in FROZEN_STATES and not set(rule.roles) <= {Role.DELIVERY, Role.ADMINISTRATOR}:
        broken.append("somebody else changes a confirmed portrait")
    if rule.source in (*FROZEN_STATES, State.REVOKED) and into & {*UNDECIDED_STATES, State.RETOUCHING}:
        broken.append("a confirmed portrait's bytes could change")
    if Role.STUDENT in rule.roles and rule.source not in (*UNDECIDED_STATES, State.AWAITING_CONFIRMATION):
        broken.append("the student acts outside their part")
    if Role.SERVER in rule.roles and into & {State.REJECTED, State.REVOKED, State.WITHDRAWN}:
        broken.append("a deadline takes something away")
    return broken
