"""The review queues: submissions that wait for a first or a final review, suspicious ones first, then the oldest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, Q, QuerySet

from server.members.scope import campaigns_of
from server.records.models import Campaign
from server.submissions.leases import waiting_for
from server.submissions.models import Submission
from server.submissions.rules import FROZEN_STATES, UNDECIDED_STATES, Role, State
from server.submissions.visibility import submissions_of

FIRST, FINAL = "first", "final"
STAGES: Final = (FIRST, FINAL)


@dataclass(frozen=True)
class Counts:
    """The number of a campaign's submissions before, after and out of review."""

    campaign: Campaign
    waiting: int
    confirmed: int
    rejected: int


def waiting(user: Any, campaign: str = "", stage: str = FIRST) -> QuerySet[Submission]:
    """Return what this reviewer may decide on now, of one campaign or of all of theirs: what nobody has claimed, and
    what they have claimed themselves and not yet decided."""
    role = Role.FINAL_REVIEWER if stage == FINAL else Role.REVIEWER
    own_state = State.FINAL_REVIEW if stage == FINAL else State.FIRST_REVIEW
    own = submissions_of(user).filter(state=own_state.value, claimed_by=user.pk, pending_decision=None)
    found = Q(pk__in=waiting_for(user, role).order_by().values("pk")) | Q(pk__in=own.values("pk"))
    queue = submissions_of(user).filter(found).select_related("student", "student__campaign", "station")
    if campaign:
        queue = queue.filter(student__campaign=campaign)
    return queue.order_by("-suspicious", "received_at", "id")


def decided(user: Any, campaign: str = "", limit: int = 12) -> list[Submission]:
    """Return the latest decisions, pending ones of this reviewer too."""
    undecided = [*UNDECIDED_STATES, State.SUPERSEDED, State.WITHDRAWN]
    done = submissions_of(user).filter(~Q(state__in=undecided) | Q(pending_decision__user=user.pk))
    if campaign:
        done = done.filter(student__campaign=campaign)
    latest = done.select_related("student").annotate(decided_at=Max("history__at"))
    return list(latest.order_by("-decided_at")[:limit])


def neighbours(
    user: Any, submission: Submission, campaign: str = "", stage: str = FIRST
) -> tuple[str | None, str | None]:
    """Return the ids before and after this submission in the queue, even if it has left the queue itself."""
    suspicious, at, identifier = submission.suspicious, submission.received_at, submission.pk
    same = Q(suspicious=suspicious)
    earlier = same & (Q(received_at__lt=at) | Q(received_at=at, id__lt=identifier))
    later = same & (Q(received_at__gt=at) | Q(received_at=at, id__gt=identifier))
    other_class = Q(suspicious=not suspicious)
    earlier, later = (earlier, later | other_class) if suspicious else (earlier | other_class, later)
    queue = waiting(user, campaign, stage)
    before = queue.filter(earlier).reverse().values_list("id", flat=True).first()
    after = queue.filter(later).values_list("id", flat=True).first()
    return before, after


def next_after(user: Any, submission: Submission, campaign: str = "", stage: str = FIRST) -> str | None:
    """Return the next submission to decide: the following one or, at the end of the queue, the oldest that was
    skipped."""
    _, after = neighbours(user, submission, campaign, stage)
    return after or waiting(user, campaign, stage).exclude(pk=submission.pk).values_list("id", flat=True).first()


def counts(user: Any) -> list[Counts]:
    def of(*states: State) -> Count:
        return Count("students__submissions", filter=Q(students__submissions__state__in=states))

    campaigns = campaigns_of(user).annotate(
        waiting=of(*UNDECIDED_STATES), confirmed=of(*FROZEN_STATES), rejected=of(State.REJECTED)
    )
    return [Counts(c, c.waiting, c.confirmed, c.rejected) for c in campaigns.order_by("-closes_at")]


def may_decide(user: Any, submission: Submission) -> bool:
    """Whether the page offers the decision: it is this reviewer's turn, and nobody else works on it."""
    return any(waiting(user, stage=stage).filter(pk=submission.pk).exists() for stage in STAGES)
