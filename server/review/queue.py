"""The review queue: submissions that wait for a decision, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from server.members.scope import campaigns_of
from server.records.models import Campaign
from server.submissions.models import State, Submission
from server.submissions.visibility import submissions_of


@dataclass(frozen=True)
class Counts:
    """The number of a campaign's submissions in each state."""

    campaign: Campaign
    received: int
    approved: int
    rejected: int


def waiting(user: Any, campaign: str = "") -> QuerySet[Submission]:
    """Return undecided submissions, oldest first; of one campaign or of all campaigns of the reviewer."""
    received = submissions_of(user).filter(state=State.RECEIVED.value)
    queue = received.select_related("student", "student__campaign", "station")
    if campaign:
        queue = queue.filter(student__campaign=campaign)
    return queue.order_by("received_at", "id")


def decided(user: Any, campaign: str = "", limit: int = 12) -> list[Submission]:
    """Return the latest decisions."""
    done = submissions_of(user).filter(state__in=[State.APPROVED.value, State.REJECTED.value]).select_related("student")
    if campaign:
        done = done.filter(student__campaign=campaign)
    return list(done.annotate(decided_at=Max("history__at")).order_by("-decided_at")[:limit])


def neighbours(user: Any, submission: Submission, campaign: str = "") -> tuple[str | None, str | None]:
    """Return the ids before and after this submission in the queue, even if it has left the queue itself."""
    at, identifier = submission.received_at, submission.pk
    earlier = Q(received_at__lt=at) | Q(received_at=at, id__lt=identifier)
    later = Q(received_at__gt=at) | Q(received_at=at, id__gt=identifier)
    queue = waiting(user, campaign)
    before = queue.filter(earlier).order_by("-received_at", "-id").values_list("id", flat=True).first()
    after = queue.filter(later).values_list("id", flat=True).first()
    return before, after


def next_after(user: Any, submission: Submission, campaign: str = "") -> str | None:
    """Return the next submission to decide: the following one or, at the end of the queue, the oldest that was
    skipped."""
    _, after = neighbours(user, submission, campaign)
    return after or waiting(user, campaign).exclude(pk=submission.pk).values_list("id", flat=True).first()


def counts(user: Any) -> list[Counts]:
    def of(state: State) -> Count:
        return Count("students__submissions", filter=Q(students__submissions__state=state.value))

    campaigns = campaigns_of(user).annotate(
        received=of(State.RECEIVED), approved=of(State.APPROVED), rejected=of(State.REJECTED)
    )
    return [Counts(c, c.received, c.approved, c.rejected) for c in campaigns.order_by("-closes_at")]
