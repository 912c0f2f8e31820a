"""Where and until when a student may come to be photographed, for the first time or again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from config.time_zones import local_date
from server.records.models import Student
from server.records.window_models import CaptureWindow


@dataclass(frozen=True)
class NextVisit:
    """`windows` are those that are not over. `until` is the last moment at which the student may come; after
    the campaign's `last_day` only this student may, so student and school agree on a place by telephone."""

    opens_at: datetime
    last_day: datetime
    until: datetime
    windows: tuple[CaptureWindow, ...]
    now: datetime

    @property
    def is_over(self) -> bool:
        return self.now > self.until

    @property
    def is_extended(self) -> bool:
        """Whether the student may come after the campaign's last day."""
        return self.until > self.last_day

    @property
    def is_ended(self) -> bool:
        """Whether the campaign's last day is over."""
        return self.now > self.last_day


def next_visit(student: Student, now: datetime) -> NextVisit:
    """Return the student's next visit. Every last day counts in full, as at the stations (Student.may_come_at)."""
    first, last = student.campaign.capture_days()
    last_day = _end_of_day(last)
    ends = [last_day]
    if student.resubmit_until is not None:
        ends.append(_end_of_day(_local_date(student.resubmit_until)))
    if student.make_up_window is not None:
        ends.append(_end_of_day(_local_date(student.make_up_window.closes_at)))
    opens_at = datetime.combine(first, time.min, timezone.get_default_timezone())
    return NextVisit(opens_at, last_day, max(ends), _windows_left(student, now), now)


def come_until(student: Student, now: datetime) -> datetime:
    """Return until when the student could come again after a retake or withdrawal now."""
    again = now + timedelta(days=student.campaign.resubmission_days)
    return max(_end_of_day(student.campaign.capture_days()[1]), _end_of_day(_local_date(again)))


def _windows_left(student: Student, now: datetime) -> tuple[CaptureWindow, ...]:
    """Return the windows that are not over: those for everybody, and the student's own."""
    open_to = Q(students=None) | Q(pk=student.make_up_window_id)
    return tuple(student.campaign.windows.filter(open_to, closes_at__gt=now).distinct())


def _end_of_day(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), timezone.get_default_timezone())


def _local_date(moment: datetime) -> date:
    return local_date(moment, timezone.get_default_timezone())
