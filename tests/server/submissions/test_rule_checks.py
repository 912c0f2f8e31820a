"""The table of the workflow keeps its promises, and the check finds every table that does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.submissions.rule import Action, Payment, Role, Rule
from server.submissions.rule_checks import table_errors
from server.submissions.rules import RULES, find_rule
from server.submissions.states import State


def changed(source: State, action: Action, **changes: object) -> tuple[Rule, ...]:
    """Return the table with one rule changed."""
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
    assert [one for one in table_errors(rules) if one.startswith(error)]
