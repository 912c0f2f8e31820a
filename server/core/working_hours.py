"""Working hours: the end of N working hours, and the text of a deadline.

Public holidays and swapped working days come from the school's settings, else from the package `chinesecalendar`. It
contains only the years that the State Council has announced, each in the November before, and raises
NotImplementedError for later days; then Monday to Friday are assumed, and the result states it.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings

from config.errors import Problem
from config.i18n import translations

WARNING_DAYS: Final = 60
"""Staff are warned this many days before the known holidays end."""
PACKAGE: Final = "chinesecalendar>=1.11"
log = logging.getLogger(__name__)


class CalendarState(StrEnum):
    """Whether the holidays are known for long enough."""

    KNOWN = "known"
    ENDING = "ending"
    ENDED = "ended"
    MISSING = "missing"


@dataclass(frozen=True)
class DueTime:
    """`known`: False if the holidays of a counted day are not known, so that the time may change."""

    moment: datetime
    known: bool


@dataclass(frozen=True)
class WorkCalendar:
    """Office hours and days. `holidays` and `workdays` are the school's own; they override the national calendar."""

    opens: time
    closes: time
    zone: ZoneInfo
    saturdays: bool = False
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def is_workday(self, day: date) -> tuple[bool, bool]:
        """Return whether `day` is a working day, and whether that is known."""
        if day in self.workdays or day in self.holidays:
            return day in self.workdays, True
        weekday = day.weekday() < 5
        if not weekday and not self.saturdays:
            return False, True
        if day.year in self._own_years():
            return weekday, True
        national = _is_national_workday(day)
        return (weekday, False) if national is None else (national, True)

    def due(self, start: datetime, hours: float) -> DueTime:
        """Return when `hours` of working time after `start` are over."""
        at, remaining, known = start.astimezone(self.zone), timedelta(hours=hours), True
        while True:
            works, sure = self.is_workday(at.date())
            known = known and sure
            closes = datetime.combine(at.date(), self.closes, self.zone)
            begin = max(at, datetime.combine(at.date(), self.opens, self.zone))
            if works and begin < closes:
                if begin + remaining <= closes:
                    return DueTime(begin + remaining, known)
                remaining -= closes - begin
            at = datetime.combine(at.date() + timedelta(days=1), time(0), self.zone)

    def start(self, end: datetime, hours: float) -> datetime:
        """Return the latest moment whose `hours` of working time are over at `end`: the inverse of `due`."""
        at, remaining = end.astimezone(self.zone), timedelta(hours=hours)
        while True:
            works, _ = self.is_workday(at.date())
            opens = datetime.combine(at.date(), self.opens, self.zone)
            finish = min(at, datetime.combine(at.date(), self.closes, self.zone))
            if works and opens < finish:
                if finish - remaining >= opens:
                    return finish - remaining
                remaining -= finish - opens
            at = datetime.combine(at.date() - timedelta(days=1), time.max, self.zone)

    def known_until(self) -> date | None:
        """Return the last day whose holidays are known; None if there is no calendar at all.

        A year in which the school names its own holidays counts as known.
        """
        last = _last_national_day()
        year = last.year if last else min(self._own_years(), default=0) - 1
        while year + 1 in self._own_years():
            year += 1
        return date(year, 12, 31) if year > 0 else None

    def state(self, today: date) -> CalendarState:
        """Return whether the holidays are known for the next WARNING_DAYS."""
        last = self.known_until()
        if last is None:
            return CalendarState.MISSING
        if today > last:
            return CalendarState.ENDED
        return CalendarState.ENDING if last - today <= timedelta(days=WARNING_DAYS) else CalendarState.KNOWN

    def _own_years(self) -> frozenset[int]:
        return frozenset(day.year for day in self.holidays)


def work_calendar() -> WorkCalendar:
    """Return the calendar of server.toml, in the server's time zone."""
    own = settings.APP.calendar
    zone = ZoneInfo(settings.TIME_ZONE)
    return WorkCalendar(own.opens, own.closes, zone, own.saturdays, frozenset(own.holidays), frozenset(own.workdays))


def due_time(start: datetime, hours: float) -> DueTime:
    """Return when `hours` working hours after `start` are over, by the settings of this server."""
    return work_calendar().due(start, hours)


def overdue_before(now: datetime, hours: float) -> datetime:
    """Return the latest start whose `hours` working hours are over by now: what began then or earlier is overdue."""
    return work_calendar().start(now, hours)


def calendar_warning(now: datetime) -> Problem | None:
    """Return the warning for staff that the known holidays end; None if the end is far away."""
    calendar = work_calendar()
    last = calendar.known_until()
    state = calendar.state(now.astimezone(calendar.zone).date())
    if state is CalendarState.KNOWN:
        return None
    return Problem(f"server.calendar.{state}", until=last, python=sys.executable, package=PACKAGE)


def format_moment(moment: datetime, language: str) -> str:
    """Return the moment in the server's time zone: "Tuesday 24 February, 15:00" or 「2月24日（星期二）15:00」."""
    return _format("calendar.moment", moment, language)


def format_deadline(moment: datetime, language: str) -> str:
    """Return "by Tuesday 24 February, 15:00" or 「2月24日（星期二）15:00 前」."""
    return _format("calendar.deadline", moment, language)


def format_day(moment: datetime, language: str) -> str:
    """Return "Tuesday 24 February" or 「2月24日（星期二）」."""
    return _format("calendar.day", moment, language)


def format_day_deadline(moment: datetime, language: str) -> str:
    """Return "by the end of Tuesday 24 February" or 「2月24日（星期二）前（含当天）」."""
    return _format("calendar.day_deadline", moment, language)


def format_period(begin: datetime, end: datetime, language: str) -> str:
    """Return "Tuesday 24 February, 09:00 – 17:00", or both moments if the period has several days."""
    zone = ZoneInfo(settings.TIME_ZONE)
    first, last = begin.astimezone(zone), end.astimezone(zone)
    ends = f"{last:%H:%M}" if first.date() == last.date() else format_moment(last, language)
    return f"{format_moment(first, language)} – {ends}"


def _format(key: str, moment: datetime, language: str) -> str:
    local, words = moment.astimezone(ZoneInfo(settings.TIME_ZONE)), translations(language)
    return words.translate(
        key,
        weekday=words.translate(f"calendar.weekday_{local.isoweekday()}"),
        month=words.translate(f"calendar.month_{local.month}"),
        day=local.day,
        time=f"{local:%H:%M}",
    )


def _is_national_workday(day: date) -> bool | None:
    """Return None if the package is not installed or has no data of that year."""
    package = _package()
    if package is None:
        return None
    try:
        return bool(package.is_workday(day))
    except NotImplementedError:
        return None


def _last_national_day() -> date | None:
    package = _package()
    return date(max(package.holidays).year, 12, 31) if package else None


@cache
def _package() -> Any:
    try:
        import chinese_calendar
    except ImportError:
        log.warning("The package chinesecalendar is not installed: public holidays count as working days.")
        return None
    return chinese_calendar
