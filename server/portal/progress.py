"""The progress of a portrait as the student's page states it: what happened, what follows, who does it and until when.

Each situation has its own messages: `progress.<situation>` is the headline, `..._more` explains it, and `..._next` is
the next step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.roster_payload import StudentState
from server.core.working_hours import due_time
from server.delivery.models import UploadState
from server.portal.appeals import answer_due, appeal_deadline, appeal_of
from server.portal.milestones import Milestone, milestones
from server.portal.models import Appeal
from server.records.models import Student
from server.submissions.confirmation import shown_deadline
from server.submissions.models import AuditEntry, Submission
from server.submissions.reason_models import Reason
from server.submissions.rule import Action
from server.submissions.states import FROZEN_STATES, UNDECIDED_STATES, State


@dataclass(frozen=True)
class NextStep:
    """`actor` takes the step (message `progress.by.<actor>`), at the latest `until`. `holidays_known`: False if a
    public holiday that is not announced yet may move that time. `is_late`: the promised time is over."""

    actor: str
    until: datetime | None = None
    holidays_known: bool = True
    is_late: bool = False


@dataclass(frozen=True)
class Progress:
    """`comes_again`: the student should be photographed, so the page shows where and until when."""

    situation: str
    tone: str
    next_step: NextStep | None = None
    milestones: tuple[Milestone, ...] = ()
    latest: Submission | None = None
    reasons: tuple[Reason, ...] = ()
    appeal: Appeal | None = None
    comes_again: bool = False

    @property
    def headline(self) -> str:
        """The message key of the sentence on top."""
        return f"progress.{self.situation}"

    @property
    def next_key(self) -> str:
        return f"progress.{self.situation}_next"


@dataclass(frozen=True)
class _Description:
    situation: str
    tone: str
    next_step: NextStep | None = None


_YOU: Final = NextStep("you")
_SCHOOL: Final = NextStep("school")
_PAST_REVIEW: Final = (State.RETOUCHING, State.FINAL_REVIEW, State.AWAITING_CONFIRMATION, *FROZEN_STATES, State.REVOKED)
_TO_COME_AGAIN: Final = (State.REJECTED.value, State.WITHDRAWN.value)
_WITH_REASONS: Final = (State.REJECTED.value, State.REVOKED.value)


def progress_of(student: Student, now: datetime | None = None) -> Progress:
    """Return the student's progress. The latest completed visit decides; an interrupted one counts only once a reviewer
    has approved it or sent it on."""
    now = now or timezone.now()
    visible = Q(outcome=VisitOutcome.ACCEPTED.value) | Q(state__in=_PAST_REVIEW)
    finished = Submission.objects.filter(visible, student=student).exclude(state=State.SUPERSEDED.value)
    latest = finished.select_related("student__campaign").order_by("-version").first()
    has_withdrawn = student.state == StudentState.WITHDRAWN.value
    if has_withdrawn and (latest is None or latest.state in _TO_COME_AGAIN):
        return Progress("not_taking_part", "calm", latest=latest)
    if latest is None:
        return Progress("nothing", "calm", _YOU, milestones("", None, None), comes_again=True)
    description = _DESCRIPTIONS[State(latest.state)](latest, now)
    last = AuditEntry.objects.filter(submission=latest).last()
    return Progress(
        description.situation,
        description.tone,
        description.next_step,
        milestones(latest.state, latest.received_at, last.at if last and last.from_state else None),
        latest,
        tuple(latest.latest_reasons()) if latest.state in _WITH_REASONS else (),
        appeal_of(latest) if latest.state == State.REVOKED.value else None,
        comes_again=latest.state in _TO_COME_AGAIN,
    )


def _in_review(submission: Submission, now: datetime) -> _Description:
    situation, actor = _REVIEWS[State(submission.state)]
    start = submission.received_at if submission.state in UNDECIDED_STATES else _entered_at(submission)
    due = due_time(start, settings.APP.review.due_hours)
    return _Description(situation, "calm", NextStep(actor, due.moment, due.known, is_late=now > due.moment))


def _awaiting_confirmation(submission: Submission, now: datetime) -> _Description:
    return _Description("awaiting_confirmation", "attention", NextStep("you", shown_deadline(submission, now)))


def _confirmed(submission: Submission, now: datetime) -> _Description:
    situations = {
        Action.CONFIRM_BY_DEADLINE.value: "confirmed_by_deadline",
        Action.GRANT_APPEAL.value: "appeal_granted",
    }
    return _Description(situations.get(_last_action(submission), "confirmed"), "good", _SCHOOL)


def _queued(submission: Submission, now: datetime) -> _Description:
    if UploadState.objects.filter(submission=submission).exists():
        return _Description("uploaded", "good", NextStep("chsi"))
    return _Description("queued", "good", _SCHOOL)


def _published(submission: Submission, now: datetime) -> _Description:
    return _Description("published", "good", _YOU)


def _rejected(submission: Submission, now: datetime) -> _Description:
    by_chsi = _last_action(submission) == Action.REFUSE.value
    return _Description("refused" if by_chsi else "rejected", "attention", _YOU)


def _withdrawn(submission: Submission, now: datetime) -> _Description:
    own_retake = _last_action(submission) == Action.RETAKE.value
    return _Description("retake" if own_retake else "withdrawn", "attention", _YOU)


def _revoked(submission: Submission, now: datetime) -> _Description:
    appeal = appeal_of(submission)
    if appeal is not None and appeal.is_declined:
        return _Description("appeal_declined", "attention")
    if appeal is not None:
        due = answer_due(appeal)
        step = NextStep("school", due.moment, due.known, is_late=now > due.moment)
        return _Description("appealed", "calm", step)
    deadline = appeal_deadline(submission)
    if deadline is not None and now > deadline:
        return _Description("revoked_for_good", "attention")
    return _Description("revoked", "attention", NextStep("you", deadline))


_REVIEWS: Final = {
    State.RECEIVED: ("received", "reviewer"),
    State.FIRST_REVIEW: ("received", "reviewer"),
    State.RETOUCHING: ("retouching", "retoucher"),
    State.FINAL_REVIEW: ("final_review", "reviewer"),
}
_DESCRIPTIONS: Final[Mapping[State, Callable[[Submission, datetime], _Description]]] = {
    **dict.fromkeys(_REVIEWS, _in_review),
    State.AWAITING_CONFIRMATION: _awaiting_confirmation,
    State.CONFIRMED: _confirmed,
    State.QUEUED: _queued,
    State.PUBLISHED: _published,
    State.REJECTED: _rejected,
    State.WITHDRAWN: _withdrawn,
    State.REVOKED: _revoked,
}


def _entered_at(submission: Submission) -> datetime:
    """Return when the submission came into its present state; claims do not count."""
    entries = submission.history.filter(to_state=submission.state).exclude(from_state=submission.state)
    entry = entries.last()
    return entry.at if entry is not None else submission.received_at


def _last_action(submission: Submission) -> str:
    entry = submission.history.last()
    return entry.action if entry is not None else ""
