"""Transitions that only time causes: pending decisions take effect, claims expire, confirmation deadlines pass."""

from __future__ import annotations

from datetime import datetime

from server.core.api_errors import ApiError
from server.submissions.actor import SERVER
from server.submissions.confirmation import remind_undecided
from server.submissions.decisions import settle_due_decisions
from server.submissions.leases import release_expired_leases
from server.submissions.models import Submission
from server.submissions.rule import Action
from server.submissions.states import State
from server.submissions.workflow import apply


def run_due_transitions(now: datetime) -> int:
    """Carry out every due transition; return how many. Safe to call at any time: pages call it when they
    read the queue, so that no decision depends on the periodic job of the same name."""
    remind_undecided(now)
    return settle_due_decisions(now) + release_expired_leases(now) + confirm_overdue(now)


def confirm_overdue(now: datetime) -> int:
    """Confirm the portraits whose students did not answer before the deadline."""
    overdue = Submission.objects.filter(state=State.AWAITING_CONFIRMATION.value, confirm_until__lte=now)
    return sum(_confirm(identifier, now) for identifier in list(overdue.values_list("pk", flat=True)))


def _confirm(identifier: str, now: datetime) -> bool:
    try:
        apply(identifier, Action.CONFIRM_BY_DEADLINE, SERVER, now)
    except ApiError:  # the student has answered meanwhile, or was not reached or reminded yet
        return False
    return True
