"""The students whose data a station or a user had access to, for the notice to them and to the authority (PIPL, article
57)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from config.i18n import Translations
from server.audit.models import Action, Event
from server.delivery.models import DeliveryItem
from server.members.scope import scope_of
from server.printing.models import PrintedPhoto
from server.records.models import Campaign, Student
from server.records.scope import Scope
from server.stations.models import Station
from server.submissions.models import AuditEntry, Submission

COLUMNS: Final = ("campaign", "student_no", "name", "class_name", "student_id", "access", "first", "last")
_VIEWED: Final = (Action.IMAGE_VIEWED, Action.ORIGINAL_DOWNLOADED)


@dataclass(frozen=True)
class Period:
    """From `since` (inclusive) to `until` (exclusive); None: without a bound."""

    since: datetime | None = None
    until: datetime | None = None

    def within(self, column: str) -> dict[str, datetime]:
        bounds = {f"{column}__gte": self.since, f"{column}__lt": self.until}
        return {name: value for name, value in bounds.items() if value is not None}


@dataclass(frozen=True)
class Exposure:
    """One student and one kind of access: `roster` (could read the student's row), `sent` (sent the photos), `printed`,
    `viewed`, `downloaded`, `decided`, `package`, `copied`. `first` and `last` are the times of the first and the last
    access; None: they are not recorded."""

    student: Student
    kind: str
    first: datetime | None = None
    last: datetime | None = None

    def cells(self, tr: Translations) -> tuple[str, ...]:
        student = self.student
        return (
            student.campaign_id,
            student.student_no,
            student.name,
            student.class_name,
            student.pk,
            tr.translate(f"privacy.access.{self.kind}"),
            *(moment.isoformat(timespec="seconds") if moment else "" for moment in (self.first, self.last)),
        )


def of_station(station: Station, period: Period) -> Iterator[Exposure]:
    """Yield the rosters of the campaigns in the station's present scope whose retention ended after the start of the
    period, the submissions that the station sent, and the photos that it printed."""
    if station.paired_at and (period.until is None or station.paired_at < period.until):
        yield from _roster(station.scope, period)
    sent = Submission.objects.filter(station=station, **period.within("received_at"))
    yield from _grouped("sent", sent.values_list("student", "received_at"))
    printed = PrintedPhoto.objects.filter(station=station, **period.within("printed_at"))
    yield from _grouped("printed", printed.values_list("submission__student", "printed_at"))


def of_user(user: Any, period: Period) -> Iterator[Exposure]:
    """Yield the rosters that the user may read now, and the user's recorded accesses to single students."""
    yield from _roster(scope_of(user), period)
    own = Event.objects.filter(user=user, **period.within("at"))
    viewed = own.filter(action=Action.IMAGE_VIEWED).values_list("subject", "at")
    yield from _grouped("viewed", _students_of_submissions(viewed))
    downloaded = own.filter(action=Action.ORIGINAL_DOWNLOADED).values_list("subject", "at")
    yield from _grouped("downloaded", _students_of_submissions(downloaded))
    decided = AuditEntry.objects.filter(user=user, **period.within("at"))
    yield from _grouped("decided", decided.values_list("submission__student", "at"))
    packages = own.filter(action=Action.DELIVERY_DOWNLOADED).values_list("subject", "at")
    yield from _grouped("package", _students_of_packages(packages))
    copied = own.filter(action=Action.DATA_COPIED).values_list("subject", "at")
    yield from _grouped("copied", ((subject.removeprefix("student "), at) for subject, at in copied))


def _roster(scope: Scope, period: Period) -> Iterator[Exposure]:
    campaigns = [one.pk for one in scope.allowed() if _overlaps(one, period)]
    students = Student.objects.filter(campaign__in=campaigns).order_by("campaign_id", "student_no", "pk")
    yield from (Exposure(student, "roster") for student in _readable(students).iterator(2000))


def _overlaps(campaign: Campaign, period: Period) -> bool:
    return period.since is None or campaign.retention_end() >= period.since


def _readable(students: QuerySet[Student]) -> QuerySet[Student]:
    return students.only("pk", "campaign_id", "student_no", "name", "class_name")


def _students_of_submissions(events: Iterable[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
    rows = list(events)
    owners = dict(Submission.objects.filter(pk__in={one for one, _ in rows}).values_list("pk", "student"))
    return [(owners[one], at) for one, at in rows if one in owners]


def _students_of_packages(events: Iterable[tuple[str, datetime]]) -> Iterator[tuple[str, datetime]]:
    for subject, at in events:
        items = DeliveryItem.objects.filter(delivery=subject.removeprefix("delivery "))
        yield from ((student, at) for student in items.values_list("submission__student", flat=True))


def _grouped(kind: str, accesses: Iterable[tuple[str, datetime]]) -> Iterator[Exposure]:
    times: dict[str, tuple[datetime, datetime]] = {}
    for one, at in accesses:
        first, last = times.get(one, (at, at))
        times[one] = (min(first, at), max(last, at))
    ids = sorted(times)
    for start in range(0, len(ids), 500):
        for student in _readable(Student.objects.filter(pk__in=ids[start : start + 500])):
            yield Exposure(student, kind, *times[student.pk])
