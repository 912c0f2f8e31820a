"""The changes of an uploaded roster for the preview page: values are masked, lines limited, counts complete."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from config.i18n import translations
from config.person_names import mask_name
from server.clerk.uploads import RosterUpload
from server.notices.addresses import mask_address
from server.records.models import Campaign, School
from server.records.roster_import.import_plan import Change, ImportPlan, mask_value
from server.records.roster_import.importer import compare_file
from server.records.roster_import.mapping import Outline, header_of, outline
from server.records.roster_import.reader import RosterFile, read_students
from server.records.roster_import.row import CONTACTS, Row
from server.records.tables.file import read_sheets
from server.records.tables.table import Sheet

MAX_LINES: Final = 200  # lines of one kind on the page; the counts are complete


@dataclass(frozen=True)
class Line:
    """One line of the preview; names, contacts and changed values are masked."""

    line: int
    name: str
    student_no: str
    text: str = ""
    values: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Preview:
    """`fingerprint` identifies the plan, so that exactly what was shown is imported."""

    plan: ImportPlan
    fingerprint: str
    created: tuple[Line, ...]
    changed: tuple[Line, ...]
    missing: tuple[Line, ...]
    bad: tuple[Line, ...]
    enrolments: tuple[tuple[Line, ...], ...]
    notes: tuple[str, ...]

    @property
    def has_effect(self) -> bool:
        return bool(self.plan.created or self.plan.changed)

    @property
    def new_contacts(self) -> int:
        """The number of students who get a phone number or an e-mail address."""
        created = sum(bool(row.phone or row.email) for row in self.plan.created)
        return created + sum(bool(set(CONTACTS) & set(change.columns)) for change in self.plan.changed)


def read_outline(upload: RosterUpload, school: School) -> tuple[Outline, tuple[Sheet, ...]]:
    """Return the outline of the chosen sheet with the chosen or remembered columns, and all sheets. Raises Problem."""
    sheets = read_sheets(upload.content)
    return outline(sheets, school.roster_columns, upload.sheet), sheets


def read_upload(upload: RosterUpload, school: School) -> RosterFile:
    """Read the students with the columns that were chosen. Raises Problem."""
    found, _ = read_outline(upload, school)
    columns = found.assignment if upload.columns is None else upload.columns
    return read_students(found.sheet, header_of(found.sheet, found.header_row, columns))


def preview(campaign: Campaign, file: RosterFile, language: str) -> Preview:
    plan = compare_file(campaign, file)
    return Preview(
        plan,
        fingerprint(plan),
        tuple(_row_line(row) for row in plan.created[:MAX_LINES]),
        tuple(_changed_line(change, language) for change in plan.changed[:MAX_LINES]),
        tuple(Line(0, mask_name(known.name), known.student_no) for known in plan.missing[:MAX_LINES]),
        tuple(_bad_line(bad, language) for bad in plan.bad_lines[:MAX_LINES]),
        _several_enrolments(file)[:MAX_LINES],
        tuple(note.in_language(language) for note in plan.notes),
    )


def fingerprint(plan: ImportPlan) -> str:
    """Return a hash of everything that the plan would write or skip."""
    digest = hashlib.sha256()
    for row in plan.created:
        digest.update(repr((row.line, row.number, row.name, row.enrolment_key, row.phone, row.email)).encode())
    for change in plan.changed:
        digest.update(repr((change.student.id, sorted(change.columns.items()))).encode())
    digest.update(repr((plan.unchanged, [known.id for known in plan.missing])).encode())
    digest.update(repr([(bad.line, bad.key) for bad in plan.bad_lines]).encode())
    return digest.hexdigest()


def _row_line(row: Row) -> Line:
    details = (row.class_name, row.major, row.department, mask_address(row.phone), mask_address(row.email))
    return Line(row.line, mask_name(row.name), row.student_no, " · ".join(part for part in details if part))


def _changed_line(change: Change, language: str) -> Line:
    tr = translations(language)
    values = tuple(
        (tr.translate(f"roster.column_{column}"), mask_value(column, old), mask_value(column, new))
        for column, (old, new) in change.columns.items()
    )
    return Line(change.row.line, mask_name(change.student.name), change.student.student_no, values=values)


def _bad_line(bad: Any, language: str) -> Line:
    return Line(bad.line, "", str(bad.values.get("student_no", "")), bad.in_language(language))


def _several_enrolments(file: RosterFile) -> tuple[tuple[Line, ...], ...]:
    """Return the lines of people who are in the file more than once."""
    people: dict[str, list[Row]] = defaultdict(list)
    for row in file.rows:
        people[row.number].append(row)
    return tuple(tuple(_row_line(row) for row in rows) for rows in people.values() if len(rows) > 1)
