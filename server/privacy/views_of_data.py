"""The views of pictures and the downloads, from the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from config.i18n import Translations
from server.audit.models import Action, Event
from server.records.models import Student
from server.records.scope import Scope
from server.records.student_search import matches
from server.submissions.models import Submission
from server.submissions.visibility import submissions_in

VIEWS: Final = (
    Action.IMAGE_VIEWED,
    Action.ORIGINAL_DOWNLOADED,
    Action.OWN_FILE_DOWNLOADED,
    Action.OWN_FILE_MAILED,
    Action.DELIVERY_DOWNLOADED,
    Action.DATA_COPIED,
    Action.LOG_EXPORTED,
    Action.BREACH_LISTED,
)
OF_A_SUBMISSION: Final = (
    Action.IMAGE_VIEWED,
    Action.ORIGINAL_DOWNLOADED,
    Action.OWN_FILE_DOWNLOADED,
    Action.OWN_FILE_MAILED,
)
COLUMNS: Final = ("at", "who", "address", "action", "part", "student", "student_no", "campaign", "object")


@dataclass(frozen=True)
class ViewFilter:
    """`term`: a search term for a student, as in the clerk's list, or the id of a student or submission. Days are in
    the server's time zone, both inclusive."""

    term: str = ""
    user: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class View:
    """One event and the submission of its picture; None for packages and exports."""

    event: Event
    submission: Submission | None

    @property
    def student(self) -> Student | None:
        return self.submission.student if self.submission is not None else None

    def cells(self, tr: Translations) -> Sequence[str]:
        """Return the columns of an export."""
        event, student = self.event, self.student
        return (
            timezone.localtime(event.at).strftime("%Y-%m-%d %H:%M:%S"),
            event.user.get_username() if event.user else event.station_name or tr.translate("privacy.the_student"),
            event.address,
            tr.translate(f"audit.{event.action}"),
            str(event.details.get("part") or event.details.get("size") or ""),
            student.name if student else "",
            student.student_no if student else "",
            str(event.details.get("campaign") or (self.submission.campaign_id if self.submission else "")),
            event.subject,
        )


def view_events(chosen: ViewFilter, scope: Scope) -> QuerySet[Event]:
    """Return the events, newest first; in a limited scope, only those about its submissions and campaigns."""
    actions = [chosen.action] if chosen.action in VIEWS else [one.value for one in VIEWS]
    events = Event.objects.select_related("user").filter(action__in=actions)
    if not scope.everything:
        own = submissions_in(scope)
        events = events.filter(Q(subject__in=own.values("pk")) | Q(details__campaign__in=_codes(scope)))
    if chosen.user:
        events = events.filter(Q(user__username__iexact=chosen.user) | Q(station_name__iexact=chosen.user))
    if chosen.term:
        events = events.filter(subject__in=_subjects(chosen.term, scope))
    if chosen.since:
        events = events.filter(at__gte=start_of(chosen.since))
    if chosen.until:
        events = events.filter(at__lt=start_of(chosen.until + timedelta(days=1)))
    return events


def with_students(events: Iterable[Event]) -> Iterator[View]:
    """Yield the events with their submissions, with one query for 500 events."""
    batch: list[Event] = []
    for event in events:
        batch.append(event)
        if len(batch) == 500:
            yield from _joined(batch)
            batch = []
    yield from _joined(batch)


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _codes(scope: Scope) -> list[str]:
    return list(scope.allowed().values_list("pk", flat=True))


def _subjects(term: str, scope: Scope) -> list[str]:
    """Return the subjects of events about the students that the term finds, at most 200 of them."""
    students = scope.students().filter(matches(term) | Q(pk=term) | Q(submissions__pk=term)).distinct()
    ids = list(students.values_list("pk", flat=True)[:200])
    submissions = Submission.objects.filter(student__in=ids).values_list("pk", flat=True)
    return [*submissions, *(f"student {one}" for one in ids)]


def _joined(events: list[Event]) -> Iterator[View]:
    ids = [event.subject for event in events if event.action in OF_A_SUBMISSION]
    rows: Any = Submission.objects.select_related("student").defer("envelope").in_bulk(ids)
    return (View(event, rows.get(event.subject)) for event in events)
