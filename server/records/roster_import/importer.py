"""Puts a roster file into a campaign: all of it or nothing, unless bad lines are knowingly skipped.

Reading, comparing, hashing and encrypting happen before the transaction, which only writes: stations that hand in
meanwhile wait about a second at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, models, transaction
from django.http import HttpRequest

from config.errors import Problem
from config.id_number import last_four
from kiosk.upload.envelope import number_hash
from server.audit.models import Action, Event
from server.audit.record import record
from server.records.id_numbers import opened, roster_key, sealed, slow_hashes_of
from server.records.models import Campaign, Student
from server.records.roster_import.changes import Change, Known, Plan, known_students, masked_change
from server.records.roster_import.line import BadLine, Row, counted
from server.records.roster_import.plan import plan
from server.records.roster_import.reader import RosterFile, read_roster

SLICE: Final = 500
_TRIES: Final = 3
_SECRETS: Final = ("number_hash", "number_sealed", "number_slow", "last_four")
Progress = Callable[[int, int], None]
Secrets = dict[int, tuple[str, str, str, str]]
"""By line, what is stored of a number: see _SECRETS."""


@dataclass(frozen=True)
class Imported:
    """How many students a file brought, changed or left as they were, and the lines that were not taken. `plan` has
    everything that was compared, also where nothing was written."""

    created: int
    changed: int
    unchanged: int
    bad: tuple[BadLine, ...]
    plan: Plan = field(default_factory=Plan)

    @property
    def done(self) -> bool:
        """Whether anything was written at all, or is in the database as the file has it."""
        return bool(self.created or self.changed or self.unchanged)


@dataclass(frozen=True)
class Origin:
    """Who imports, and from where: for the audit log. On the command line there is no request."""

    file_name: str = ""
    request: HttpRequest | None = None


def compare_roster(campaign: Campaign, content: bytes, sheet: str = "") -> Plan:
    """What the file would change. Nothing is written. Raises Problem where the file cannot be read at all."""
    file = read_roster(content, sheet)
    return _compared(file, _hashes(file), known_students(campaign.pk))


def import_roster(
    campaign: Campaign,
    content: bytes,
    skip_bad: bool = False,
    sheet: str = "",
    origin: Origin | None = None,
    progress: Progress = lambda done, of: None,
    told: Callable[[Plan], None] = lambda plan: None,
) -> Imported:
    """Reads `content` and writes its students. A second import of the same file changes nothing.

    With a bad line nothing is written, unless `skip_bad`. Students that the file does not name stay as they are.
    `progress` is called with how many numbers are encrypted so far, and of how many; `told` with everything that
    changes, before it is written.
    Raises Problem where the file cannot be read at all.
    """
    file = read_roster(content, sheet)
    hashes = _hashes(file)
    for _ in range(_TRIES):
        known = known_students(campaign.pk)
        planned = _compared(file, hashes, known)
        told(planned)
        if planned.bad and not skip_bad:
            return Imported(0, 0, 0, planned.bad, planned)
        prepared = _prepared(planned, progress)
        statements = _statements(campaign, planned, prepared, origin or Origin())
        with transaction.atomic():
            if known_students(campaign.pk) != known:
                continue  # somebody else changed students meanwhile: compared anew
            for statement in statements:
                statement.run()
            _note(campaign, planned, content, origin or Origin())
        return Imported(len(planned.created), len(planned.changed), planned.unchanged, planned.bad, planned)
    raise Problem("roster.busy")


def _hashes(file: RosterFile) -> list[str]:
    key = roster_key()
    return [number_hash(key, row.number) for row in file.rows]


def _compared(file: RosterFile, hashes: Sequence[str], known: Sequence[Known]) -> Plan:
    return plan(file, hashes, known, opened)


def _prepared(planned: Plan, progress: Progress) -> Secrets:
    """By line, what is stored of each number that is new: see _SECRETS."""
    rows = [*planned.created, *(change.row for change in planned.changed if change.number)]
    key, prepared = roster_key(), {}
    for part in _slices(rows):
        slow = slow_hashes_of([row.number for row in part])
        for row, number_slow in zip(part, slow, strict=True):
            prepared[row.line] = (number_hash(key, row.number), sealed(row.number), number_slow, last_four(row.number))
        progress(len(prepared), len(rows))
    return prepared


def _slices(rows: list[Row]) -> Iterator[list[Row]]:
    for start in range(0, len(rows), SLICE):
        yield rows[start : start + SLICE]


_COLUMNS: Final = ("name", "student_no", "candidate_no", "class_name", "major", "department", "document_type")


@dataclass(frozen=True)
class _Statement:
    """One SQL statement for many rows: bulk_create and bulk_update spend seconds on building statements, and the write
    lock is held meanwhile."""

    sql: str
    rows: list[list[Any]]

    def run(self) -> None:
        if self.rows:
            with connection.cursor() as cursor:
                cursor.executemany(self.sql, self.rows)


def _insert(model: type[models.Model], objects: Sequence[models.Model]) -> _Statement:
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    rows = [[field.get_db_prep_save(getattr(one, field.attname), connection) for field in fields] for one in objects]
    return _Statement(f"INSERT INTO {_table(model)} ({names}) VALUES ({marks})", rows)


def _student(campaign: Campaign, row: Row, secrets: tuple[str, str, str, str]) -> Student:
    details = {column: getattr(row, column) for column in _COLUMNS}
    return Student(campaign=campaign, **details, **dict(zip(_SECRETS, secrets, strict=True)))


def _statements(campaign: Campaign, planned: Plan, prepared: Secrets, origin: Origin) -> list[_Statement]:
    """New students, changed ones, and the changes for the audit log."""
    students = [_student(campaign, row, prepared[row.line]) for row in planned.created]
    return [_insert(Student, students), *_updates(planned, prepared), _insert(Event, _events(planned, origin))]


def _updates(planned: Plan, prepared: Secrets) -> tuple[_Statement, _Statement]:
    """Of students with the same number, and of those with another one."""
    same = [change for change in planned.changed if not change.number]
    other = [change for change in planned.changed if change.number]
    return _update(same, _COLUMNS, prepared), _update(other, _COLUMNS + _SECRETS, prepared)


def _update(changes: list[Change], columns: tuple[str, ...], prepared: Secrets) -> _Statement:
    assignments = ", ".join(f"{connection.ops.quote_name(column)} = %s" for column in columns)
    rows: list[list[Any]] = []
    for change in changes:
        values = [change.columns.get(column, ("", getattr(change.known, column)))[1] for column in _COLUMNS]
        rows.append([*values, *(prepared[change.row.line] if change.number else ()), change.known.id])
    return _Statement(f"UPDATE {_table(Student)} SET {assignments} WHERE id = %s", rows)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _note(campaign: Campaign, planned: Plan, content: bytes, origin: Origin) -> None:
    """The import, in the audit log."""
    record(
        Action.ROSTER_IMPORTED,
        campaign.pk,
        request=origin.request,
        file=origin.file_name[:120],
        sha256=hashlib.sha256(content).hexdigest(),
        created=len(planned.created),
        changed=len(planned.changed),
        unchanged=planned.unchanged,
        missing=len(planned.missing),
        bad=dict(counted(planned.bad)),
        by="page" if origin.request is not None else "command",
    )


def _events(planned: Plan, origin: Origin) -> list[Event]:
    """Every change of a student: names masked, numbers by their last four characters."""
    user: Any = getattr(origin.request, "user", None)
    return [
        Event(action=Action.RECORD_CHANGED, user=user, subject=f"student {change.known.id}", details=_details(change))
        for change in planned.changed
    ]


def _details(change: Change) -> dict[str, object]:
    changes = {column: [masked_change(column, value) for value in values] for column, values in change.columns.items()}
    return {"by": "roster", "line": change.row.line, **changes}
