"""The sections of the report as tables."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from config.i18n import Message, Translations, translations
from server.day.counts import Counts, total
from server.day.report import DayReport, Spread, Visit
from server.day.stations import duration_message
from server.day.student_table import student_table
from server.day.tables import Cell, Column, Table
from server.submissions.states import State

MAX_STUDENTS_IN_PDF: Final = 1500
"""A longer list would have too many pages; the workbook has all students."""


def report_tables(report: DayReport, language: str, max_students: int | None = None) -> list[Table]:
    """Return the sections in their order. `max_students` limits the list of students without a photo."""
    tr = translations(language)
    listed = report.absent[:max_students]
    left_out = len(report.absent) - len(listed)
    note = tr.translate("day.report.more_students", count=left_out) if left_out else ""
    return [
        _classes(report, tr),
        _stations(report, tr),
        _hours(report),
        _waiting_times(report, tr),
        _reasons(report, tr),
        _silences(report, tr),
        student_table(((entry.student, entry.state) for entry in listed), language, note),
    ]


def _number(title: str, width: float = 1.0) -> Column:
    return Column(title, width, number=True)


def _classes(report: DayReport, tr: Translations) -> Table:
    accepted = Counter(visit.class_name for visit in report.visits if visit.is_accepted)
    rejected = Counter(visit.class_name for visit in report.visits if visit.state == State.REJECTED.value)

    def row(name: str, counts: Counts, accepted_count: int, rejected_count: int) -> tuple[Cell, ...]:
        numbers = (counts.expected, counts.captured, accepted_count, counts.approved, rejected_count, counts.made_up)
        return (name, *numbers, counts.absent + counts.present)

    columns = (
        Column("roster.column_class_name", 2.6),
        _number("day.expected"),
        _number("day.captured"),
        _number("day.report.this_day"),
        _number("day.approved"),
        _number("day.report.rejected"),
        _number("day.made_up"),
        _number("day.report.without_photo"),
    )
    rows = [
        row(entry.name or tr.translate("day.no_class"), entry.counts, accepted[entry.name], rejected[entry.name])
        for entry in report.classes
    ]
    last = row(tr.translate("day.total"), total(report.classes), accepted.total(), rejected.total())
    return Table("day.report.classes", columns, rows, total=last)


def _stations(report: DayReport, tr: Translations) -> Table:
    columns = (
        Column("stations.name", 2.2),
        _number("day.report.photos"),
        _number("day.report.interrupted"),
        _number("day.report.rejected"),
        _number("day.report.first_photo"),
        _number("day.report.last_photo"),
        _number("day.report.contact", 1.4),
        _number("day.report.silences", 1.2),
    )
    contacts = dict(report.contacts)
    by_station: dict[str, list[Visit]] = {name: [] for name in contacts}
    for visit in report.visits:
        by_station.setdefault(visit.station or tr.translate("review.by_phone"), []).append(visit)
    rows: list[tuple[Cell, ...]] = []
    for name, visits in sorted(by_station.items()):
        times = contacts.get(name)
        contact = f"{_clock(times.first)} – {_clock(times.last)}" if times is not None else "–"
        first_and_last = (_clock(visits[0].taken_at), _clock(visits[-1].taken_at)) if visits else ("–", "–")
        silences: Cell = len(times.silences) if times is not None else "–"
        rows.append((name, *_outcomes(visits), *first_and_last, contact, silences))
    return Table("day.report.stations", columns, rows, note=tr.translate("day.report.contact_note"))


def _outcomes(visits: list[Visit]) -> tuple[int, int, int]:
    """Return how many were accepted, interrupted and rejected."""
    accepted = sum(visit.is_accepted for visit in visits)
    return accepted, len(visits) - accepted, sum(visit.state == State.REJECTED.value for visit in visits)


def _hours(report: DayReport) -> Table:
    """Return a row for each hour from the first to the last with a visit, also for the empty ones between."""
    by_hour: dict[int, list[Visit]] = {}
    for visit in report.visits:
        by_hour.setdefault(timezone.localtime(visit.taken_at).hour, []).append(visit)
    columns = (
        Column("day.report.hour", 1.4),
        _number("day.report.photos"),
        _number("day.report.interrupted"),
        _number("day.report.rejected"),
    )
    hours = range(min(by_hour), max(by_hour) + 1) if by_hour else ()
    rows = [(f"{hour:02}:00 – {hour + 1:02}:00", *_outcomes(by_hour.get(hour, []))) for hour in hours]
    return Table("day.report.hours", columns, rows)


def _waiting_times(report: DayReport, tr: Translations) -> Table:
    columns = (
        Column("day.report.time_of", 2.6),
        _number("day.report.visits"),
        _number("day.report.median"),
        _number("day.report.ninth"),
    )
    measured = (("day.report.at_station", report.at_station), ("day.report.to_server", report.to_server))
    rows = [_spread_row(tr, title, value) for title, value in measured if value is not None]
    return Table("day.report.times", columns, rows, empty="day.report.no_times")


def _spread_row(tr: Translations, title: str, value: Spread) -> tuple[Cell, ...]:
    return (tr.translate(title), value.count, *(_duration(tr, time) for time in (value.median, value.ninth)))


def _reasons(report: DayReport, tr: Translations) -> Table:
    columns = (Column("day.report.reason", 4), _number("day.report.count"))
    rows = [(tr.translate(f"reject.{code}") if tr.has(f"reject.{code}") else code, n) for code, n in report.reasons]
    return Table("day.report.reasons", columns, rows, empty="day.report.no_reasons")


def _silences(report: DayReport, tr: Translations) -> Table:
    columns = (Column("stations.name", 2.2), _number("day.report.from"), _number("day.report.for"))
    rows = [
        (name, _clock(silence.began_at), _duration(tr, silence.duration))
        for name, times in report.contacts
        for silence in times.silences
    ]
    return Table("day.report.outages", columns, rows, empty="day.report.no_outages")


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


def _duration(tr: Translations, duration: timedelta) -> str:
    message: Message = duration_message(duration)
    return tr.translate(message.key, **message.values)
