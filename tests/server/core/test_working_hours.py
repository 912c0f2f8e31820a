"""Working hours across weekends, public holidays, the turn of the year, and the end of the known holidays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.core import working_hours
from server.core.working_hours import CalendarState, WorkCalendar, calendar_warning, format_deadline, format_moment
from server.installation_check import Level, check_at_start
from server.settings import APP

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(time(9), time(17), ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working_hours, "_package", lambda: None)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-30 10:00", 16, "2026-12-02 10:00"),
        ("2026-11-30 07:00", 8, "2026-11-30 17:00"),
        ("2026-11-30 18:00", 1, "2026-12-01 10:00"),
        ("2026-12-04 16:00", 2, "2026-12-07 10:00"),  # over a weekend
        ("2026-09-30 16:00", 16, "2026-10-09 16:00"),  # over National Day
        ("2026-02-13 15:00", 16, "2026-02-25 15:00"),  # over Spring Festival and its swapped Saturday
    ],
)
def test_only_office_hours_of_working_days_count(start: str, hours: int, end: str) -> None:
    due = CALENDAR.due(at(start), hours)
    assert (due.moment, due.known) == (at(end), True)


def test_a_swapped_saturday_counts_only_by_the_setting() -> None:
    swapped = date(2026, 2, 14)
    assert swapped.weekday() == 5
    assert CALENDAR.is_workday(swapped) == (False, True)
    assert WorkCalendar(time(9), time(17), ZONE, saturdays=True).is_workday(swapped) == (True, True)


def test_next_year_counts_weekdays_and_reports_it() -> None:
    due = CALENDAR.due(at("2026-12-31 16:00"), 16)
    assert (due.moment, due.known) == (at("2027-01-04 16:00"), False)
    assert CALENDAR.due(at("2030-05-01 09:00"), 8).moment == at("2030-05-01 17:00")


def test_the_schools_own_days_take_precedence() -> None:
    own = WorkCalendar(
        time(9),
        time(17),
        ZONE,
        holidays=frozenset({date(2027, 1, 1), date(2026, 12, 1)}),
        workdays=frozenset({date(2026, 10, 1), date(2026, 12, 5)}),
    )
    assert own.is_workday(date(2026, 12, 1)) == (False, True)
    assert own.is_workday(date(2026, 10, 1)) == (True, True)
    assert own.is_workday(date(2026, 12, 5)) == (True, True)
    assert own.due(at("2026-12-31 16:00"), 8) == working_hours.DueTime(at("2027-01-04 16:00"), True)
    assert own.known_until() == date(2027, 12, 31)


def test_without_the_package_weekdays_count(no_package: None) -> None:
    due = CALENDAR.due(at("2026-09-30 16:00"), 16)
    assert (due.moment, due.known) == (at("2026-10-02 16:00"), False)
    assert (CALENDAR.known_until(), CALENDAR.state(date(2026, 5, 1))) == (None, CalendarState.MISSING)


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2026, 10, 31), CalendarState.KNOWN),
        (date(2026, 11, 1), CalendarState.ENDING),
        (date(2026, 12, 31), CalendarState.ENDING),
        (date(2027, 1, 1), CalendarState.ENDED),
    ],
)
def test_staff_are_warned_from_60_days_before_the_end(
    today: date, state: CalendarState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_hours, "_last_national_day", lambda: date(2026, 12, 31))
    assert CALENDAR.state(today) is state
    warning = calendar_warning(datetime.combine(today, time(12), ZONE))
    assert (warning.key if warning else "server.calendar.known") == f"server.calendar.{state}"


@pytest.mark.parametrize(
    ("language", "moment", "deadline"),
    [
        ("en", "Tuesday 24 February, 15:00", "by Tuesday 24 February, 15:00"),
        ("zh_CN", "2月24日（星期二）15:00", "2月24日（星期二）15:00 前"),
    ],
)
def test_a_deadline_is_a_day_and_a_time(language: str, moment: str, deadline: str) -> None:
    utc = at("2026-02-24 15:00").astimezone(ZoneInfo("UTC"))
    assert format_moment(utc, language) == moment
    assert format_deadline(utc, language) == deadline


def test_the_settings_are_used_and_the_check_reports_the_end(settings: Any, no_package: None) -> None:
    settings.APP = APP.model_copy(
        update={"calendar": APP.calendar.model_copy(update={"opens": time(8), "holidays": (date(2999, 1, 1),)})}
    )
    assert working_hours.due_time(at("2026-11-30 08:00"), 9).moment == at("2026-11-30 17:00")
    [result] = [r for r in check_at_start() if r.message.key.startswith("server.calendar.")]
    assert (result.level, result.message.key) == (Level.OK, "server.calendar.known")
    settings.APP = APP
    [result] = [r for r in check_at_start() if r.message.key.startswith("server.calendar.")]
    assert (result.level, result.message.key) == (Level.WARNING, "server.calendar.missing")


@pytest.mark.parametrize(
    ("end", "hours", "start"),
    [
        ("2026-12-02 10:00", 16, "2026-11-30 10:00"),
        ("2026-11-30 17:00", 8, "2026-11-30 09:00"),
        ("2026-11-30 23:00", 8, "2026-11-30 09:00"),
        ("2026-12-06 12:00", 2, "2026-12-04 15:00"),  # a Sunday
        ("2026-10-09 16:00", 16, "2026-09-30 16:00"),  # over National Day
    ],
)
def test_the_latest_start_is_found_backwards(end: str, hours: int, start: str) -> None:
    assert CALENDAR.start(at(end), hours) == at(start)


def test_both_directions_agree_at_any_minute() -> None:
    """A period that began at `start` is over by `now`; one that began a second later is not."""
    for minutes in range(0, 14 * 24 * 60, 97):
        now = at("2026-09-28 00:00") + timedelta(minutes=minutes)
        start = CALENDAR.start(now, 16)
        assert CALENDAR.due(start, 16).moment <= now < CALENDAR.due(start + timedelta(seconds=1), 16).moment
