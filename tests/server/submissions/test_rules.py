"""The table of the workflow: its guards, its rules and its documented diagram."""

from __future__ import annotations

from server.submissions.diagram import PAGE, diagram, page
from server.submissions.guards import CHECKS
from server.submissions.rule import Guard
from server.submissions.rules import RULES, find_rule


def test_every_guard_is_used_and_has_its_check() -> None:
    used = {guard for rule in RULES for guard in rule.guards}
    assert used == set(Guard) == set(CHECKS)


def test_an_unknown_state_or_action_has_no_rule() -> None:
    assert find_rule("approved", "approve") is None
    assert find_rule("received", "delete") is None


def test_the_documented_diagram_is_current() -> None:
    """To update it, run python -m server.submissions.diagram."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_diagram_has_every_change_of_state() -> None:
    lines = diagram().splitlines()
    for rule in RULES:
        for target in rule.targets:
            edges = [line for line in lines if line.strip().startswith(f"{rule.source} --> {target}: ")]
            assert [rule.action in edge for edge in edges] == ([True] if rule.source is not target else [])
