"""Phone numbers and e-mail addresses of a roster: optional columns, which reject no line.

A roster replaces only what a roster entered; what students entered or removed themselves stays. Notices need the
student's consent, which the clerk reports for the whole file or the student gives on their page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from config.errors import Problem
from server.core.language import DEFAULT_LANGUAGE
from server.notices.addresses import mask_address
from server.notices.contacts import COLUMNS as STORED_COLUMNS
from server.notices.contacts import decrypt_address, encrypt_address
from server.notices.models import Contact, ContactSource
from server.records.import_models import RosterChange
from server.records.roster_import.import_plan import Change, ExistingStudent, ImportPlan
from server.records.roster_import.row import CONTACTS, Row


def contact_changes(known: ExistingStudent, row: Row) -> dict[str, tuple[str, str]]:
    """Return the masked old and new addresses that the row changes."""
    if is_own(known):
        return {}
    changes = {}
    for column in CONTACTS:
        new = getattr(row, column)
        old = decrypt_address(stored_address(known, column)) if new else ""
        if new and new != old:
            changes[column] = (mask_address(old), mask_address(new))
    return changes


def kept_notes(known: Sequence[ExistingStudent], matched: Mapping[str, Row]) -> list[Problem]:
    """Report how many lines have addresses that are not used because the students entered or removed theirs."""
    rows = [matched[one.id] for one in known if one.id in matched and is_own(one)]
    count = sum(bool(row.phone or row.email) for row in rows)
    return [Problem("roster.contacts_kept", count=count)] if count else []


def is_own(known: ExistingStudent) -> bool:
    """Whether the student entered or removed the addresses."""
    return known.contact_source == ContactSource.STUDENT.value


def stored_address(known: ExistingStudent, column: str) -> str:
    return getattr(known, STORED_COLUMNS[column]) or ""


@dataclass(frozen=True)
class ContactRow:
    """The addresses of one student as they are stored, encrypted."""

    student: str
    phone_encrypted: str
    email_encrypted: str


def contact_rows(planned: ImportPlan, created: Sequence[tuple[Row, str]]) -> list[ContactRow]:
    """Return the rows to store; `created` are the rows of new students with their identifiers."""
    rows = [
        ContactRow(student, encrypt_address(row.phone), encrypt_address(row.email))
        for row, student in created
        if row.phone or row.email
    ]
    for change in planned.changed:
        if set(CONTACTS) & set(change.columns):
            tokens = {column: _new_token(change, column) for column in CONTACTS}
            rows.append(ContactRow(change.student.id, tokens["phone"], tokens["email"]))
    return rows


def _new_token(change: Change, column: str) -> str:
    if column in change.columns:
        return encrypt_address(getattr(change.row, column))
    return stored_address(change.student, column)


def contact_statement(rows: Sequence[ContactRow], consent_at: datetime | None) -> tuple[str, list[list[Any]]]:
    """Return the SQL statement that stores the rows, and its parameters."""
    table, name = connection.ops.quote_name(Contact._meta.db_table), connection.ops.quote_name
    columns = ("student_id", "phone_encrypted", "email_encrypted", "language", "consent_at", "source")
    replaced = ", ".join(f"{name(one)} = excluded.{name(one)}" for one in (columns[1], columns[2], columns[4]))
    sql = (
        f"INSERT INTO {table} ({', '.join(map(name, columns))}) VALUES ({', '.join(['%s'] * len(columns))}) "
        f"ON CONFLICT ({name('student_id')}) DO UPDATE SET {replaced} "
        f"WHERE {table}.{name('source')} = '{ContactSource.ROSTER.value}'"
    )
    consent = connection.ops.adapt_datetimefield_value(consent_at)
    parameters = [
        [row.student, row.phone_encrypted, row.email_encrypted, DEFAULT_LANGUAGE, consent, ContactSource.ROSTER.value]
        for row in rows
    ]
    return sql, parameters


def remember_contact(earlier: RosterChange, change: Change) -> RosterChange:
    """Add the addresses before the change to the earlier values."""
    if set(CONTACTS) & set(change.columns):
        earlier.changes_contact = True
        earlier.phone_encrypted = stored_address(change.student, "phone")
        earlier.email_encrypted = stored_address(change.student, "email")
        earlier.contact_consent_at = change.student.contact_consent_at
    return earlier


def restore_contact(change: RosterChange) -> None:
    """Undo a change of addresses, unless the student has changed them since."""
    written = Contact.objects.filter(student=change.student_id, source=ContactSource.ROSTER.value)
    if not (change.phone_encrypted or change.email_encrypted):
        written.delete()
    else:
        written.update(
            phone_encrypted=change.phone_encrypted,
            email_encrypted=change.email_encrypted,
            consent_at=change.contact_consent_at,
        )
