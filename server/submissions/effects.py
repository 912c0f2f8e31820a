"""What follows from a transition outside this application: notices, payments. Every effect runs in the transition's
transaction, so that it happens exactly if the transition does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.submissions.actor import Actor
from server.submissions.models import Submission
from server.submissions.reasons import GivenReason
from server.submissions.rules import Rule, State


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

EFFECTS: Final[tuple[Effect, ...]] = ()
"""Called in this order. An exception rolls the transition back."""


def run_effects(transition: Transition) -> None:
    for effect in EFFECTS:
        effect(transition)
