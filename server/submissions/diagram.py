"""Write docs/workflow.md from the rules: `python -m server.submissions.diagram`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from server.submissions.rule import Payment, Rule, StudentEffect
from server.submissions.rules import RULES, SUBMIT
from server.submissions.states import CLOSED_STATES, State

PAGE: Final = Path(__file__).parents[2] / "docs" / "workflow.md"
_HEADER: Final = """# The life of a submission

Generated from `server/submissions/rules.py` by `python -m server.submissions.diagram`; change the rules, not this page.

A campaign's settings (`retouch`, `final_review`, `confirmation`) choose the next state after an approval. By default an
approval of the first review confirms the portrait. A reviewer's decision takes effect after `[review] undo_seconds`.
"""


def page() -> str:
    """Return the complete page."""
    return f"{_HEADER}\n```mermaid\n{diagram()}\n```\n\n{table()}\n"


def diagram() -> str:
    """Return a Mermaid state diagram. Claims and releases within a state are left out."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.RECEIVED}: {SUBMIT.action}"]
    for (source, target), actions in _edges(RULES).items():
        lines.append(f"    {source} --> {target}: {', '.join(actions)}")
    lines += [f"    {state} --> [*]" for state in CLOSED_STATES if state is not State.REVOKED]
    return "\n".join(lines)


def table() -> str:
    head = "| state | action | role | next state | conditions | reasons | notice | order | student |"
    return "\n".join([head, "|" + " --- |" * 9, *(_row(rule) for rule in (SUBMIT, *RULES))])


def _edges(rules: Iterable[Rule]) -> dict[tuple[State, State], list[str]]:
    edges: dict[tuple[State, State], list[str]] = {}
    for rule in rules:
        for target in rule.targets:
            if rule.source is not None and rule.source is not target:
                edges.setdefault((rule.source, target), []).append(rule.action)
    return edges


def _row(rule: Rule) -> str:
    cells = (
        rule.source or "-",
        rule.action,
        ", ".join(rule.roles),
        " / ".join(rule.targets),
        ", ".join(rule.guards),
        "yes" if rule.needs_reasons else "",
        rule.notice,
        "" if rule.payment is Payment.UNCHANGED else rule.payment,
        "" if rule.student is StudentEffect.UNCHANGED else rule.student,
    )
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
