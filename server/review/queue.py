"""The review queue: who may decide on what, and what comes before and after a submission."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from server.core.working_hours import overdue_before
from server.review.filters import FINAL, FIRST, REVIEW_STAGES, QueueFilter
from server.submissions.leases import waiting_for
from server.submissions.models import Submission
from server.submissions.queue_order import BY_SUSPICION, parts_of_queue
from server.submissions.rule import Role
from server.submissions.states import State
from server.submissions.visibility import submissions_of

ROLES: Final = {FIRST: Role.REVIEWER, FINAL: Role.FINAL_REVIEWER}
_CLAIMED_STATES: Final = {FIRST: State.FIRST_REVIEW.value, FINAL: State.FINAL_REVIEW.value}
Place = tuple[int, datetime, str]
"""The place of a submission in the list: its part of the queue, when it was received, its id. Places are comparable."""


def waiting(user: Any, chosen: QueueFilter, now: datetime) -> QuerySet[Submission]:
    """Return the submissions of the list, unordered: those that nobody has claimed, or those in the chosen state."""
    return listed(user, chosen).filter(chosen.condition(now))


def listed(user: Any, chosen: QueueFilter) -> QuerySet[Submission]:
    """Return the submissions of the chosen stage in the user's scope."""
    if chosen.is_review:
        return waiting_for(user, ROLES[chosen.stage])
    return submissions_of(user).filter(state=chosen.stage)


def claimed(user: Any, chosen: QueueFilter, now: datetime) -> QuerySet[Submission]:
    """Return what the user has claimed in this stage and not yet decided."""
    own = submissions_of(user).filter(claimed_by=user.pk, state=_CLAIMED_STATES[chosen.stage], pending_decision=None)
    return own.filter(chosen.condition(now))


def remaining(user: Any, chosen: QueueFilter) -> int:
    """Return how many the user may decide on now."""
    now = timezone.now()
    return waiting(user, chosen, now).count() + claimed(user, chosen, now).count()


def neighbours(user: Any, submission: Submission, chosen: QueueFilter) -> tuple[str | None, str | None]:
    """Return the ids before and after this submission in the list, even if it has left the list itself."""
    line = _Line(user, chosen, timezone.now())
    here = line.place(submission.received_at, submission.pk, submission.suspicious)
    lower, higher = line.nearest(here, ascending=False), line.nearest(here, ascending=True)
    return (higher, lower) if line.newest_first else (lower, higher)


def next_after(user: Any, submission: Submission, chosen: QueueFilter) -> str | None:
    """Return the next submission to decide: the following one or, at the end of the list, the first that was
    skipped."""
    _, after = neighbours(user, submission, chosen)
    return after or first(user, chosen, exclude=submission.pk)


def first(user: Any, chosen: QueueFilter, exclude: str = "") -> str | None:
    """Return the first submission that the user may decide on."""
    line = _Line(user, chosen, timezone.now(), exclude)
    return line.nearest(None, ascending=not line.newest_first)


def may_decide(user: Any, submission: Submission) -> bool:
    """Whether the page offers the decision: it is this reviewer's turn, and nobody else works on it."""
    this, now = Q(pk=submission.pk), timezone.now()
    stages = [QueueFilter(stage=stage) for stage in REVIEW_STAGES]
    return any(
        waiting(user, one, now).filter(this).exists() or claimed(user, one, now).filter(this).exists() for one in stages
    )


class _Line:
    """The list that one user sees, as comparable places. Submissions that the user has claimed keep their places."""

    def __init__(self, user: Any, chosen: QueueFilter, now: datetime, exclude: str = "") -> None:
        self.newest_first = chosen.newest_first
        self._by_priority = chosen.by_priority
        self._limit = overdue_before(now, settings.APP.review.due_hours)
        self._parts = parts_of_queue(now) if self._by_priority else list(BY_SUSPICION)
        self._rows = waiting(user, chosen, now).exclude(pk=exclude)
        self._claimed = self._places(claimed(user, chosen, now).exclude(pk=exclude))

    def place(self, received_at: datetime, identifier: str, suspicious: bool) -> Place:
        part = 2 * (received_at > self._limit) + (not suspicious) if self._by_priority else 0
        return part, received_at, identifier

    def nearest(self, here: Place | None, ascending: bool) -> str | None:
        """Return the id at the nearest place above or below `here`; without it the first or the last of the list."""
        beyond = [place for place in self._claimed if here is None or ((place > here) == ascending and place != here)]
        places = beyond + self._nearest_row(here, ascending)
        return (min(places) if ascending else max(places))[-1] if places else None

    def _nearest_row(self, here: Place | None, ascending: bool) -> list[Place]:
        order = ("received_at", "id") if ascending else ("-received_at", "-id")
        places: list[Place] = []
        for part in self._parts_from(here, ascending):
            places += self._places(self._rows.filter(part).order_by(*order)[:1])
            if places and self._by_priority:
                break
        return places

    def _parts_from(self, here: Place | None, ascending: bool) -> list[Q]:
        """Return the rest of the part of `here`, then the other parts in this direction; for a list by time the rest
        of every part."""
        if here is None:
            return self._parts if ascending else self._parts[::-1]
        part, at, identifier = here
        if ascending:
            beyond, others = Q(received_at__gt=at) | Q(received_at=at, id__gt=identifier), self._parts[part + 1 :]
        else:
            beyond, others = Q(received_at__lt=at) | Q(received_at=at, id__lt=identifier), self._parts[:part][::-1]
        if not self._by_priority:
            return [one & beyond for one in self._parts]
        return [self._parts[part] & beyond, *others]

    def _places(self, rows: QuerySet[Submission]) -> list[Place]:
        columns = rows.values_list("received_at", "id", "suspicious")
        return [self.place(received_at, identifier, suspicious) for received_at, identifier, suspicious in columns]
