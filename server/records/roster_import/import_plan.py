"""The changes of an import: existing students, and the effect of each line on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from config.errors import Problem
from config.person_names import mask_name
from server.records.models import Student
from server.records.roster_import.row import BadLine, Row


@dataclass(frozen=True)
class ExistingStudent:
    """A student of the campaign in the database."""

    id: str
    id_number_hmac: str = field(repr=False)
    last_four: str = field(repr=False)
    id_number_encrypted: str = field(repr=False)
    name: str
    student_no: str
    candidate_no: str
    class_name: str
    major: str
    department: str
    study_level: str
    study_years: str
    document_type: str
    phone_encrypted: str | None = field(default=None, repr=False)
    email_encrypted: str | None = field(default=None, repr=False)
    contact_consent_at: datetime | None = None
    contact_source: str | None = None
    """None without a contact."""


@dataclass(frozen=True)
class Change:
    """The changes of one line to a student: column to (old, new). `changes_number`: the ID number differs."""

    student: ExistingStudent
    row: Row
    columns: dict[str, tuple[str, str]]

    @property
    def changes_number(self) -> bool:
        return "number" in self.columns


@dataclass(frozen=True)
class ImportPlan:
    """`created` are new students; `missing` are students of the campaign that the file does not name: they stay."""

    created: tuple[Row, ...] = ()
    changed: tuple[Change, ...] = ()
    unchanged: int = 0
    missing: tuple[ExistingStudent, ...] = ()
    bad_lines: tuple[BadLine, ...] = ()
    notes: tuple[Problem, ...] = ()


_CONTACT_COLUMNS: Final = {
    "phone_encrypted": "contact__phone_encrypted",
    "email_encrypted": "contact__email_encrypted",
    "contact_consent_at": "contact__consent_at",
    "contact_source": "contact__source",
}


def existing_students(campaign: str) -> tuple[ExistingStudent, ...]:
    columns = tuple(_CONTACT_COLUMNS.get(name, name) for name in ExistingStudent.__dataclass_fields__)
    rows = Student.objects.filter(campaign=campaign).order_by("pk").values_list(*columns)
    return tuple(ExistingStudent(*row) for row in rows)


def mask_value(column: str, value: str) -> str:
    """Format a value for reports and the audit log: mask a name, show an empty value as a dash."""
    return (mask_name(value) if column == "name" else value) or "-"
