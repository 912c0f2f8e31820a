"""The actions of students on their portrait: confirm it, request a retake, withdraw it, or appeal a revocation."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from server.core.api_errors import ApiError
from server.portal.appeals import appeal_deadline
from server.portal.progress import Progress
from server.records.models import Student
from server.submissions.actor import Actor
from server.submissions.guards import retakes_used
from server.submissions.models import Submission
from server.submissions.rule import Action, Role
from server.submissions.states import UNDECIDED_STATES, State
from server.submissions.workflow import apply

APPEAL: Final = "appeal"
TRANSITIONS: Final = (Action.CONFIRM.value, Action.RETAKE.value, Action.WITHDRAW.value)
ACTIONS: Final = (*TRANSITIONS, APPEAL)


def retakes_left(student: Student) -> int:
    return max(student.campaign.max_retakes - retakes_used(student.pk), 0)


def available_actions(student: Student, progress: Progress, now: datetime) -> tuple[str, ...]:
    """Return the actions that the student may take now. A decision that has not taken effect yet does not change them,
    so that nobody learns of it early."""
    if progress.latest is None:
        return ()
    state = progress.latest.state
    if state == State.AWAITING_CONFIRMATION.value:
        retake = (Action.RETAKE.value,) if retakes_left(student) else ()
        return (Action.CONFIRM.value, *retake)
    if state in UNDECIDED_STATES:
        return (Action.WITHDRAW.value,)
    if state == State.REVOKED.value and progress.appeal is None:
        deadline = appeal_deadline(progress.latest)
        return (APPEAL,) if deadline is not None and now <= deadline else ()
    return ()


def carry_out(student: Student, action: str, version: int, revision: int, now: datetime) -> None:
    """Carry out `action` on the version that the student saw. The same action again changes nothing and is no error.

    Raises ApiError: decided_already, not_now, decision_pending, no_retakes_left.
    """
    submission = student.submissions.filter(version=version).first()
    if submission is None:
        raise ApiError("refused.not_now")
    try:
        apply(submission.pk, action, Actor(student=student), now, revision=revision)
    except ApiError:
        if not _was_carried_out(submission, action):
            raise


def _was_carried_out(submission: Submission, action: str) -> bool:
    """Whether the latest transition is this action of the student: the button was pressed twice."""
    last = submission.history.last()
    return last is not None and last.role == Role.STUDENT.value and last.action == action
