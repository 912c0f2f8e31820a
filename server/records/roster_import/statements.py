"""The SQL statements of an import, prepared before the transaction that runs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, models

from server.audit.models import Event
from server.records.import_models import RosterChange, RosterImport
from server.records.models import Student
from server.records.roster_import.contacts import contact_rows, contact_statement, remember_contact
from server.records.roster_import.import_audit import ImportSource, audit_events
from server.records.roster_import.import_plan import Change, ImportPlan
from server.records.roster_import.planner import DETAILS
from server.records.roster_import.row import Row
from server.records.roster_import.stored_numbers import SECRET_COLUMNS, Secrets

_COLUMNS: Final = DETAILS


@dataclass(frozen=True)
class Statement:
    """One SQL statement for many rows: bulk_create and bulk_update spend seconds on building statements while the write
    lock is held."""

    sql: str
    rows: list[list[Any]]

    def run(self) -> None:
        if self.rows:
            with connection.cursor() as cursor:
                cursor.executemany(self.sql, self.rows)


def _insert(model: type[models.Model], objects: Sequence[models.Model]) -> Statement:
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    rows = [[field.get_db_prep_save(getattr(one, field.attname), connection) for field in fields] for one in objects]
    return Statement(f"INSERT INTO {_table(model)} ({names}) VALUES ({marks})", rows)


def _student(entry: RosterImport, row: Row, secrets: tuple[str, str, str, str]) -> Student:
    details = {column: getattr(row, column) for column in _COLUMNS}
    known = dict(zip(SECRET_COLUMNS, secrets, strict=True))
    return Student(campaign_id=entry.campaign_id, roster_import_id=entry.pk, **details, **known)


def import_statements(
    entry: RosterImport, planned: ImportPlan, prepared: Secrets, origin: ImportSource
) -> list[Statement]:
    """Return the statements for new students, changed ones, their earlier values, and the audit log."""
    students = [_student(entry, row, prepared[row.line]) for row in planned.created]
    changes = [_earlier_values(entry, change, prepared) for change in planned.changed]
    inserts = (
        _insert(Student, students),
        _insert(RosterChange, changes),
        _insert(Event, audit_events(planned, origin)),
    )
    new = [(row, student.pk) for row, student in zip(planned.created, students, strict=True)]
    agreed_at = entry.imported_at if origin.contacts_agreed else None
    contacts = Statement(*contact_statement(contact_rows(planned, new), agreed_at))
    return [*inserts, *_updates(planned, prepared), contacts]


def _earlier_values(entry: RosterImport, change: Change, prepared: Secrets) -> RosterChange:
    """Return the values that an undo restores, and those that it expects to find."""
    columns = {column: values for column, values in change.columns.items() if column in _COLUMNS}
    before = {column: old for column, (old, _) in columns.items()}
    after = {column: new for column, (_, new) in columns.items()}
    encrypted = ""
    if change.changes_number:
        before |= {"id_number_hmac": change.student.id_number_hmac, "last_four": change.student.last_four}
        after["id_number_hmac"] = prepared[change.row.line][0]
        encrypted = change.student.id_number_encrypted
    earlier = RosterChange(
        roster_import_id=entry.pk,
        student_id=change.student.id,
        before=before,
        after=after,
        id_number_encrypted=encrypted,
    )
    return remember_contact(earlier, change)


def _updates(planned: ImportPlan, prepared: Secrets) -> tuple[Statement, Statement]:
    """Return the updates of students with the same number, and of those with a new one."""
    same = [change for change in planned.changed if not change.changes_number]
    other = [change for change in planned.changed if change.changes_number]
    return _update(same, _COLUMNS, prepared), _update(other, _COLUMNS + SECRET_COLUMNS, prepared)


def _update(changes: list[Change], columns: tuple[str, ...], prepared: Secrets) -> Statement:
    assignments = ", ".join(f"{connection.ops.quote_name(column)} = %s" for column in columns)
    rows: list[list[Any]] = []
    for change in changes:
        values = [change.columns.get(column, ("", getattr(change.student, column)))[1] for column in _COLUMNS]
        rows.append([*values, *(prepared[change.row.line] if change.changes_number else ()), change.student.id])
    return Statement(f"UPDATE {_table(Student)} SET {assignments} WHERE id = %s", rows)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
