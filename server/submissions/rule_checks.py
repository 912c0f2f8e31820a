"""Checks of a table of rules: the promises to users that every version of it must keep."""

from __future__ import annotations

from collections import Counter

from server.submissions.rule import Guard, Payment, Role, Rule
from server.submissions.rules import RULES
from server.submissions.states import FROZEN_STATES, UNDECIDED_STATES, State


def table_errors(rules: tuple[Rule, ...] = RULES) -> list[str]:
    """Return the errors of a table: duplicate rules, unreachable states, wrong ends, broken promises to users."""
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
    """Return the states that end wrongly: in a state without a next one a student would wait indefinitely."""
    ends = {state for state in State if not any(rule.source is state for rule in rules)}
    expected = {State.REJECTED, State.WITHDRAWN, State.SUPERSEDED}
    return [f"{state}: wrong end" for state in sorted(ends ^ expected)]


def _broken_promises(rules: tuple[Rule, ...]) -> list[str]:
    return [f"{rule.source}.{rule.action}: {promise}" for rule in rules for promise in _promises_broken_by(rule)]


def _promises_broken_by(rule: Rule) -> list[str]:
    targets, broken = set(rule.targets), []
    if targets & {State.REJECTED, State.REVOKED} and not (
        rule.needs_reasons and rule.notice and rule.payment is not Payment.UNCHANGED
    ):
        broken.append("rejects without reasons, notice or a rule for the order")
    if State.REVOKED in (rule.source, *targets) and Guard.SECOND_PERSON not in rule.guards:
        broken.append("one person alone revokes or restores")
    if rule.source in FROZEN_STATES and not set(rule.roles) <= {Role.DELIVERY, Role.ADMINISTRATOR}:
        broken.append("somebody else changes a confirmed portrait")
    if rule.source in (*FROZEN_STATES, State.REVOKED) and targets & {*UNDECIDED_STATES, State.RETOUCHING}:
        broken.append("a confirmed portrait's bytes could change")
    if Role.STUDENT in rule.roles and rule.source not in (*UNDECIDED_STATES, State.AWAITING_CONFIRMATION):
        broken.append("the student acts outside their part")
    if Role.SERVER in rule.roles and targets & {State.REJECTED, State.REVOKED, State.WITHDRAWN}:
        broken.append("a deadline takes something away")
    return broken
