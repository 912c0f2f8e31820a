"""The workflow of a submission as data: the actions of each state, their roles, conditions and effects.

`server.submissions.workflow` carries a rule out, `server.submissions.guards` has the conditions that need the database,
`server.submissions.rule_checks` the checks of the table. This module needs neither Django nor a database.
"""

from __future__ import annotations

from typing import Final

from server.submissions.rule import Action, Guard, Payment, Role, Rule, StudentEffect
from server.submissions.states import State


def _rule(source: State, action: Action, roles: Role | tuple[Role, ...], *targets: State, **details: object) -> Rule:
    return Rule(source, action, (roles,) if isinstance(roles, Role) else roles, targets, **details)  # type: ignore[arg-type]


def _rejection(source: State, action: Action, role: Role, *guards: Guard) -> Rule:
    """Return a rule to `rejected`: each has reasons, a notice, a free retake and days to come again."""
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
    """Return the rules by which one person at a time works on a submission in this state, which does not change."""
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
"""The first transition of a submission. Intake carries it out (server.submissions.intake, sharing)."""

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
    # A completed visit replaces an interrupted one even while a reviewer has claimed it.
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
