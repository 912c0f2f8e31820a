"""The table of the workflow keeps its promises, and the check finds every table that would not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.submissions.diagram import PAGE, diagram, page
from server.submissions.guards import CHECKS
from server.submissions.rules import (
    RULES,
    Action,
    Guard,
    Payment,
    Role,
    Rule,
    State,
    find_rule,
    table_errors,
)


def changed(source: State, action: Action, **changes: object) -> tuple[Rule, ...]:
    """The table with one rule changed."""
    rule = find_rule(source, action)
    assert rule is not None
    return tuple(replace(one, **changes) if one is rule else one for one in RULES)  # type: ignore[arg-type]


def without(source: State, action: Action) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if (rule.source, rule.action) != (source, action))


def test_the_table_keeps_its_promises() -> None:
    assert table_errors() == []


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        ((*RULES, RULES[0]), "received.claim: more than one rule"),
        (without(State.CONFIRMED, Action.QUEUE), "queued: cannot be reached"),
        (without(State.CONFIRMED, Action.QUEUE), "published: cannot be reached"),
        (without(State.PUBLISHED, Action.REVOKE), "published: wrong end"),
        (changed(State.FIRST_REVIEW, Action.REJECT, needs_reasons=False), "first_review.reject: rejects without"),
        (changed(State.QUEUED, Action.REFUSE, notice=""), "queued.refuse: rejects without"),
        (changed(State.QUEUED, Action.REVOKE, payment=Payment.UNCHANGED), "queued.revoke: rejects without"),
        (changed(State.CONFIRMED, Action.REVOKE, guards=()), "confirmed.revoke: one person alone"),
        (changed(State.REVOKED, Action.GRANT_APPEAL, guards=()), "revoked.grant_appeal: one person alone"),
        (changed(State.CONFIRMED, Action.QUEUE, roles=(Role.REVIEWER,)), "confirmed.queue: somebody else"),
        (changed(State.PUBLISHED, Action.REVOKE, roles=(Role.REVIEWER,)), "published.revoke: somebody else"),
        (changed(State.QUEUED, Action.DEQUEUE, targets=(State.RETOUCHING,)), "queued.dequeue: a confirmed portrait's"),
        (changed(State.REVOKED, Action.GRANT_APPEAL, targets=(State.RECEIVED,)), "revoked.grant_appeal: a confirmed"),
        (changed(State.FINAL_REVIEW, Action.REJECT, roles=(Role.STUDENT,)), "final_review.reject: the student"),
        ((*RULES, replace(RULES[0], source=State.REJECTED)), "rejected: wrong end"),
        (changed(State.FIRST_REVIEW, Action.REJECT, roles=(Role.SERVER,)), "first_review.reject: a deadline takes"),
        (changed(State.CONFIRMED, Action.REVOKE, roles=(Role.SERVER,)), "confirmed.revoke: a deadline takes"),
        (
            changed(State.AWAITING_CONFIRMATION, Action.CONFIRM_BY_DEADLINE, targets=(State.WITHDRAWN,)),
            "awaiting_confirmation.confirm_by_deadline: a deadline takes",
        ),
    ],
)
def test_a_table_that_breaks_a_promise_is_found(rules: tuple[Rule, ...], error: str) -> None:
    assert [found for found in table_errors(rules) if found.startswith(error)]


def test_every_guard_is_used_and_has_its_check() -> None:
    used = {guard for rule in RULES for guard in rule.guards}
    assert used == set(Guard) == set(CHECKS)


def test_an_unknown_state_or_action_has_no_rule() -> None:
    assert find_rule("approved", "approve") is None
    assert find_rule("received", "delete") is None


def test_the_documented_diagram_is_current() -> None:
    """If not: python -m server.submissions.diagram."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_diagram_has_every_change_of_state() -> None:
    lines = diagram().splitlines()
    for rule in RULES:
        for target in rule.targets:
            edges = [line for line in lines if line.strip().startswith(f"{rule.source} --> {target}: ")]
            assert [rule.action in edge for edge in edges] == ([True] if rule.source is not target else [])
