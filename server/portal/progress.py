"""The progress of a student's portrait, as a short row of milestones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from kiosk.upload.envelope import StudentState, VisitOutcome
from server.records.models import Student
from server.submissions.models import AuditEntry, Reason, Submission
from server.submissions.rules import FROZEN_STATES, State


@dataclass(frozen=True)
class Milestone:
    """`status`: done, now, later or back (sent back); `key` is the message key of its label."""

    key: str
    status: str
    at: datetime | None = None


@dataclass(frozen=True)
class Progress:
    """`headline` is the message key of the sentence on top; `reasons` are shown after a rejection."""

    headline: str
    tone: str
    milestones: tuple[Milestone, ...]
    latest: Submission | None
    reasons: tuple[Reason, ...] = ()


_STATES_WITH_REASONS: Final = (State.REJECTED.value, State.REVOKED.value)
_PAST_REVIEW: Final = (State.RETOUCHING, State.FINAL_REVIEW, State.AWAITING_CONFIRMATION, *FROZEN_STATES, State.REVOKED)
_HEADLINES: Final = {
    State.RECEIVED: ("progress.received", "calm"),
    State.FIRST_REVIEW: ("progress.received", "calm"),
    State.RETOUCHING: ("progress.retouching", "calm"),
    State.FINAL_REVIEW: ("progress.received", "calm"),
    State.AWAITING_CONFIRMATION: ("progress.awaiting_confirmation", "attention"),
    State.CONFIRMED: ("progress.approved", "good"),
    State.QUEUED: ("progress.approved", "good"),
    State.PUBLISHED: ("progress.published", "good"),
    State.REJECTED: ("progress.rejected", "attention"),
    State.WITHDRAWN: ("progress.retake", "attention"),
    State.SUPERSEDED: ("progress.nothing", "calm"),
    State.REVOKED: ("progress.revoked", "attention"),
}


def progress_of(student: Student) -> Progress:
    """Return the student's progress. The latest completed visit decides; an interrupted one counts only once a reviewer
    has approved it or sent it on."""
    visible = Q(outcome=VisitOutcome.ACCEPTED.value) | Q(state__in=_PAST_REVIEW)
    finished = Submission.objects.filter(visible, student=student)
    latest = finished.order_by("-version").first()
    if student.state == StudentState.WITHDRAWN.value and latest is None:
        return Progress("progress.withdrawn", "calm", (), None)
    if latest is None:
        return Progress("progress.nothing", "calm", _milestones("", None, None), None)
    last = AuditEntry.objects.filter(submission=latest).last()
    decided_at = last.at if last and last.from_state else None
    line = _milestones(latest.state, latest.received_at, decided_at)
    headline, tone = _HEADLINES[State(latest.state)]
    reasons = tuple(latest.latest_reasons()) if latest.state in _STATES_WITH_REASONS else ()
    return Progress(headline, tone, line, latest, reasons)


def _milestones(state: str, received: datetime | None, decided: datetime | None) -> tuple[Milestone, ...]:
    if not state:
        return (
            Milestone("progress.step_received", "later"),
            Milestone("progress.step_review", "later"),
            Milestone("progress.step_approved", "later"),
        )
    first = Milestone("progress.step_received", "done", received)
    if state in FROZEN_STATES:
        return first, Milestone("progress.step_review", "done"), Milestone("progress.step_approved", "done", decided)
    if state in (State.REJECTED, State.WITHDRAWN):
        return first, Milestone("progress.step_review", "done"), Milestone("progress.step_rejected", "back", decided)
    if state == State.REVOKED:
        return first, Milestone("progress.step_review", "done"), Milestone("progress.step_revoked", "back", decided)
    if state == State.AWAITING_CONFIRMATION:
        return first, Milestone("progress.step_review", "done"), Milestone("progress.step_confirmation", "now")
    return first, Milestone("progress.step_review", "now"), Milestone("progress.step_approved", "later")
