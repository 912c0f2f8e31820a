"""The table of students without a photo, with masked names and numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.utils import timezone

from config.i18n import translations
from server.day.student_state import DayState
from server.day.tables import Column, Table
from server.records.models import Student

_COLUMNS: Final = (
    Column("roster.column_class_name", 2.6),
    Column("roster.column_student_no", 1.5),
    Column("roster.column_name"),
    Column("roster.column_number"),
    Column("clerk.state", 2.4),
)


def student_table(students: Iterable[tuple[Student, DayState]], language: str, note: str = "") -> Table:
    no_class = translations(language).translate("day.no_class")
    rows = [
        (
            student.class_name or no_class,
            student.student_no or student.candidate_no,
            student.masked_name,
            masked_end(student),
            state_text(student, state, language),
        )
        for student, state in students
    ]
    return Table("day.absent_title", _COLUMNS, rows, note=note, empty="day.nobody_absent")


def masked_end(student: Student) -> str:
    """Return the end of the ID number, which distinguishes people of the same name."""
    return f"…{student.last_four}" if student.last_four else ""


def state_text(student: Student, state: DayState, language: str) -> str:
    """Return the state, with the time from which or the day until which it applies."""
    tr = translations(language)
    if state is DayState.MAKE_UP and student.make_up_window is not None:
        at = timezone.localtime(student.make_up_window.opens_at)
        return tr.translate("day.make_up_at", time=f"{at:%m-%d %H:%M}", place=student.make_up_window.place).strip(" ·")
    if state is DayState.RESUBMISSION and student.resubmit_until is not None:
        return tr.translate("day.resubmission_until", date=f"{timezone.localdate(student.resubmit_until):%m-%d}")
    return tr.translate(f"day.state.{state.value}")
