"""The numbers of students of each class who are expected, present, captured, approved and absent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Final

from django.db.models import Count, Exists, FilteredRelation, OuterRef, Q, QuerySet
from django.utils import timezone

from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.roster_payload import StudentState
from server.records.models import Student
from server.stations.models import LastFourConfirmation
from server.submissions.models import CLOSED_STATES
from server.submissions.states import FROZEN_STATES, UNDECIDED_STATES, State

APPROVED_STATES: Final = (State.AWAITING_CONFIRMATION, *FROZEN_STATES)
"""The review has accepted the portrait; at most the student's own confirmation is missing."""


@dataclass(frozen=True)
class Counts:
    """Students who are not withdrawn: `expected` = `captured` + `present` + `absent`.

    `present`: identified at a station today, or in a visit that was interrupted, and without a portrait. `approved`
    and `made_up` (captured after a make-up window was set) are parts of `captured`.
    """

    expected: int = 0
    present: int = 0
    captured: int = 0
    approved: int = 0
    made_up: int = 0

    @property
    def absent(self) -> int:
        return self.expected - self.captured - self.present

    @property
    def is_complete(self) -> bool:
        return self.captured == self.expected


@dataclass(frozen=True)
class ClassCounts:
    """`name` is "" for students without a class."""

    name: str
    counts: Counts


def class_counts(students: QuerySet[Student], now: datetime) -> list[ClassCounts]:
    """Count the students of each class, in the order of class names, with one query."""
    expected = Q(state=StudentState.EXPECTED.value)
    undecided = Q(open_submission__state__in=UNDECIDED_STATES)
    interrupted = undecided & ~Q(open_submission__outcome=VisitOutcome.ACCEPTED.value)
    # A state that was set by hand does not hide a portrait.
    captured = Q(state=StudentState.CAPTURED.value) | (Q(open_submission__isnull=False) & ~interrupted)
    grouped = (
        with_open_submission(students.exclude(state=StudentState.WITHDRAWN.value))
        .annotate(is_checked_in=Exists(_confirmations(day_start(now))))
        .order_by("class_name")
        .values("class_name")
        .annotate(
            expected=Count("pk"),
            captured=Count("pk", filter=captured),
            present=Count("pk", filter=expected & (interrupted | Q(open_submission__isnull=True, is_checked_in=True))),
            approved=Count("pk", filter=Q(open_submission__state__in=APPROVED_STATES)),
            made_up=Count("pk", filter=captured & Q(make_up_window__isnull=False)),
        )
    )
    rows = grouped.values_list("class_name", *(field.name for field in fields(Counts)))
    return [ClassCounts(name, Counts(*numbers)) for name, *numbers in rows]


def total(classes: Iterable[ClassCounts]) -> Counts:
    rows = [entry.counts for entry in classes]
    return Counts(**{field.name: sum(getattr(row, field.name) for row in rows) for field in fields(Counts)})


def with_open_submission(students: QuerySet[Student]) -> QuerySet[Student]:
    """Add `open_submission`: the student's submission that is not closed, if there is one."""
    is_open = ~Q(submissions__state__in=CLOSED_STATES)
    return students.annotate(open_submission=FilteredRelation("submissions", condition=is_open))


def without_photo(students: QuerySet[Student]) -> QuerySet[Student]:
    """Return the students of the make-up list (补拍): expected, and without an open or confirmed submission."""
    expected = students.filter(state=StudentState.EXPECTED.value)
    return with_open_submission(expected).filter(Q(open_submission__isnull=True))


def day_start(moment: datetime) -> datetime:
    """Return the beginning of the day of `moment` at the school."""
    return start_of(timezone.localdate(moment))


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_default_timezone())


def _confirmations(since: datetime) -> QuerySet[LastFourConfirmation]:
    return LastFourConfirmation.objects.filter(student=OuterRef("pk"), at__gte=since)
