"""The report at the end of a capture day: figures of one campaign and one date."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.wire_types import FIRST_YEAR, LAST_YEAR
from server.day.absent import AbsentStudent, absent_students, with_states
from server.day.counts import APPROVED_STATES, ClassCounts, class_counts, start_of
from server.day.stations import serving_stations
from server.records.models import Campaign
from server.stations.contact_times import ContactTimes, contact_times
from server.submissions.models import Submission
from server.submissions.reason_models import Reason
from server.submissions.states import State

_MAX_VISIT: Final = timedelta(hours=2)
"""A longer time between consent and photo means that a clock was set, or that the consent is of an earlier day."""


@dataclass(frozen=True)
class Visit:
    """One visit of the day, as far as the report needs it. `taken_at` and `consent_at` are times of the station's
    clock. `station` is None for a photo that was sent with a phone; `consent_at` is None if unknown."""

    class_name: str
    station: str | None
    taken_at: datetime
    received_at: datetime
    consent_at: datetime | None
    outcome: str
    state: str

    @property
    def is_accepted(self) -> bool:
        return self.outcome == VisitOutcome.ACCEPTED.value

    @property
    def is_approved(self) -> bool:
        return self.state in APPROVED_STATES


@dataclass(frozen=True)
class Spread:
    """Half of the visits took up to `median`, nine of ten up to `ninth`."""

    count: int
    median: timedelta
    ninth: timedelta


@dataclass(frozen=True)
class DayReport:
    """`contacts`: the names of the stations that sent heartbeats that day, and when."""

    campaign: Campaign
    day: date
    made_at: datetime
    classes: list[ClassCounts]
    visits: list[Visit]
    reasons: list[tuple[str, int]]
    contacts: list[tuple[str, ContactTimes]]
    absent: list[AbsentStudent]

    @property
    def at_station(self) -> Spread | None:
        """The times from the student's consent to the photo."""
        at_stations = [visit for visit in self.visits if visit.station is not None]
        durations = [visit.taken_at - visit.consent_at for visit in at_stations if visit.consent_at is not None]
        return spread([duration for duration in durations if timedelta() <= duration <= _MAX_VISIT])

    @property
    def to_server(self) -> Spread | None:
        """The times from the photo until the server received it."""
        durations = [visit.received_at - visit.taken_at for visit in self.visits]
        return spread([duration for duration in durations if duration >= timedelta()])


def day_report(campaign: Campaign, submissions: QuerySet[Submission], day: date, now: datetime) -> DayReport:
    """Collect the report. `submissions` are those that the user may see. The classes and the students without a photo
    are those of the present moment, the visits those of the day."""
    begin = start_of(day)
    of_day = submissions.filter(student__campaign=campaign, taken_at__gte=begin, taken_at__lt=begin + timedelta(days=1))
    of_day = of_day.exclude(state=State.SUPERSEDED.value)
    return DayReport(
        campaign=campaign,
        day=day,
        made_at=now,
        classes=class_counts(campaign.students.all(), now),
        visits=_visits(of_day),
        reasons=_reasons(of_day),
        contacts=_contacts(campaign, day),
        absent=list(with_states(campaign, absent_students(campaign), now)),
    )


def spread(durations: list[timedelta]) -> Spread | None:
    if not durations:
        return None
    seconds = sorted(duration.total_seconds() for duration in durations)
    ninth = seconds[max(0, -(-len(seconds) * 9 // 10) - 1)]
    return Spread(len(seconds), timedelta(seconds=statistics.median(seconds)), timedelta(seconds=ninth))


def _visits(of_day: QuerySet[Submission]) -> list[Visit]:
    rows = of_day.annotate(consent=KT("envelope__consent__given_at")).order_by("taken_at", "pk")
    columns = ("student__class_name", "station__name", "taken_at", "received_at", "consent", "outcome", "state")
    return [
        Visit(class_name, station, taken_at, received_at, _parse_time(consent), outcome, state)
        for class_name, station, taken_at, received_at, consent, outcome, state in rows.values_list(*columns)
    ]


def _reasons(of_day: QuerySet[Submission]) -> list[tuple[str, int]]:
    """Return the codes of the reasons for which portraits of the day were rejected, the most frequent first."""
    rejected = of_day.filter(state=State.REJECTED.value)
    of_rejections = Q(entry=None) | Q(entry__to_state=State.REJECTED.value)  # earlier versions stored no entry
    reasons = Reason.objects.filter(of_rejections, submission__in=rejected).order_by().values_list("code")
    return sorted(reasons.annotate(count=Count("submission", distinct=True)), key=lambda pair: (-pair[1], pair[0]))


def _contacts(campaign: Campaign, day: date) -> list[tuple[str, ContactTimes]]:
    contacts = []
    for station in serving_stations(campaign).order_by("name", "pk"):
        heartbeat = getattr(station, "heartbeat", None)
        times = contact_times(heartbeat.days, day) if heartbeat is not None else None
        if times is not None:
            contacts.append((station.name, times))
    return contacts


def _parse_time(text: object) -> datetime | None:
    """Return a time of an envelope, or None: the first release stored envelopes unchecked."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and FIRST_YEAR <= moment.year <= LAST_YEAR else None


def default_day(campaign: Campaign, now: datetime) -> date:
    """Return today while the campaign runs, else its last day."""
    return min(timezone.localdate(now), campaign.capture_days()[1])
