"""The progress of a student's portrait, as a short row of milestones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from kiosk.upload.envelope import StudentState, VisitOutcome
from server.records.models import Student
from server.submissions.models import AuditEntry, State, Submission


@dataclass(frozen=True)
class Milestone:
    """`status`: done, now, later or back (sent back); `key` is the message key of its label."""

    key: str
    status: str
    at: datetime | None = None


@dataclass(frozen=True)
class Progress:
    """`headline` is the message key of the sentence on top; `reason` and `comment` are shown after a rejection."""

    headline: str
    tone: str
    milestones: tuple[Milestone, ...]
    latest: Submission | None
    reason: str = ""
    comment: str = ""


def progress_of(student: Student) -> Progress:
    """Return the student's progress. The latest completed visit decides; an interrupted one counts only if a reviewer
    approved it."""
    visible = Q(outcome=VisitOutcome.ACCEPTED.value) | Q(state=State.APPROVED.value)
    finished = Submission.objects.filter(visible, student=student)
    latest = finished.order_by("-version").first()
    if student.state == StudentState.WITHDRAWN.value and latest is None:
        return Progress("progress.withdrawn", "calm", (), None)
    if latest is None:
        return Progress("progress.nothing", "calm", _milestones("", None, None), None)
    last = AuditEntry.objects.filter(submission=latest).last()
    decided_at = last.at if last and last.from_state else None
    line = _milestones(latest.state, latest.received_at, decided_at)
    if latest.state == State.REJECTED.value:
        return Progress("progress.rejected", "attention", line, latest, latest.reason, latest.comment)
    if latest.state == State.APPROVED.value:
        return Progress("progress.approved", "good", line, latest)
    return Progress("progress.received", "calm", line, latest)


def _milestones(state: str, received: datetime | None, decided: datetime | None) -> tuple[Milestone, ...]:
    if not state:
        return (
            Milestone("progress.step_received", "later"),
            Milestone("progress.step_review", "later"),
            Milestone("progress.step_approved", "later"),
        )
    first = Milestone("progress.step_received", "done", received)
    if state == State.APPROVED.value:
        return first, Milestone("progress.step_review", "done"), Milestone("progress.step_approved", "done", decided)
    if state == State.REJECTED.value:
        return first, Milestone("progress.step_review", "done"), Milestone("progress.step_rejected", "back", decided)
    return first, Milestone("progress.step_review", "now"), Milestone("progress.step_approved", "later")
