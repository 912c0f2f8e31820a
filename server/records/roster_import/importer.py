"""Import a roster file into a campaign: completely or not at all, unless bad lines are skipped on request.

Reading, comparing, hashing and encrypting happen before the transaction, which only writes: uploads of stations wait
about a second at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db import connection, models, transaction
from django.http import HttpRequest
from django.utils import timezone

from config.errors import Problem
from config.id_number import last_four
from kiosk.upload.number_hashing import number_hash
from server.audit.models import Action, Event
from server.audit.record import record
from server.records.id_number_protection import decrypt_number, encrypt_number, roster_key, slow_keyed_hashes
from server.records.import_models import RosterChange, RosterImport
from server.records.models import Campaign, Student
from server.records.people import link_same_numbers
from server.records.people_models import EnrolmentLink, LinkProof
from server.records.roster_import.contacts import contact_rows, contact_statement, remember_contact
from server.records.roster_import.import_plan import Change, ExistingStudent, ImportPlan, existing_students, mask_value
from server.records.roster_import.planner import DETAILS, plan_import
from server.records.roster_import.reader import RosterFile, read_roster
from server.records.roster_import.row import BadLine, Row, count_reasons, reject_row

BATCH_SIZE: Final = 500
_MAX_ATTEMPTS: Final = 3
_SECRET_COLUMNS: Final = ("id_number_hmac", "id_number_encrypted", "id_number_slow_hash", "last_four")
Progress = Callable[[int, int], None]
OnPlan = Callable[[ImportPlan], None]
Secrets = dict[int, tuple[str, str, str, str]]
"""By line, the stored values of a number: see _SECRET_COLUMNS."""


@dataclass(frozen=True)
class ImportResult:
    """How many students a file created, changed or left unchanged, and the rejected lines. `plan` has the full
    comparison, even if nothing was written; `identifier` is that of the RosterImport, "" if nothing changed."""

    created: int
    changed: int
    unchanged: int
    bad_lines: tuple[BadLine, ...]
    plan: ImportPlan = field(default_factory=ImportPlan)
    identifier: str = ""

    @property
    def has_effect(self) -> bool:
        """Whether anything was written, or the database already matches the file."""
        return bool(self.created or self.changed or self.unchanged)


@dataclass(frozen=True)
class ImportSource:
    """Who imports and from where, for the audit log. On the command line there is no request."""

    file_name: str = ""
    request: HttpRequest | None = None
    sha256: str = ""
    contacts_agreed: bool = False
    """The clerk reports that the students agreed to notices at the addresses of the file."""


def compare_roster(campaign: Campaign, content: bytes, sheet: str = "") -> ImportPlan:
    """Return what the file would change. Writes nothing. Raises Problem if the file cannot be read at all."""
    return compare_file(campaign, read_roster(content, sheet))


def compare_file(campaign: Campaign, file: RosterFile) -> ImportPlan:
    """Return what a file that was read would change. Writes nothing."""
    file = _reject_other_schools(file, campaign.school_id)
    return _compare(file, _hashes(file), existing_students(campaign.pk))


def import_roster(
    campaign: Campaign,
    content: bytes,
    skip_bad: bool = False,
    sheet: str = "",
    origin: ImportSource | None = None,
    progress: Progress = lambda done, of: None,
    on_plan: OnPlan = lambda plan: None,
) -> ImportResult:
    """Read `content` and write its students; see `import_file`. Raises Problem if it cannot be read at all."""
    source = origin or ImportSource()
    source = replace(source, sha256=hashlib.sha256(content).hexdigest())
    return import_file(campaign, read_roster(content, sheet), skip_bad, source, progress, on_plan)


def import_file(
    campaign: Campaign,
    file: RosterFile,
    skip_bad: bool,
    origin: ImportSource,
    progress: Progress = lambda done, of: None,
    on_plan: OnPlan = lambda plan: None,
) -> ImportResult:
    """Write the students of a file that was read. Importing the same file again changes nothing.

    With a bad line nothing is written, unless `skip_bad`. Students that the file does not name stay as they are.
    `progress` is called with the number of encrypted numbers and their total; `on_plan` with all changes before they
    are written, and may raise to stop.
    """
    file = _reject_other_schools(file, campaign.school_id)
    hashes = _hashes(file)
    for _ in range(_MAX_ATTEMPTS):
        known = existing_students(campaign.pk)
        planned = _compare(file, hashes, known)
        on_plan(planned)
        if planned.bad_lines and not skip_bad:
            return ImportResult(0, 0, 0, planned.bad_lines, planned)
        prepared = _prepare_secrets(planned, progress)
        entry = _new_entry(campaign, planned, origin)
        statements = _statements(entry, planned, prepared, origin)
        with transaction.atomic():
            _lock_changed(campaign, planned)
            if existing_students(campaign.pk) != known:
                continue  # somebody else changed students meanwhile: compare again
            _write(entry, planned, statements)
            _record_import(campaign, planned, origin)
        return _result(planned, entry)
    raise Problem("roster.busy")


def _lock_changed(campaign: Campaign, planned: ImportPlan) -> None:
    """Lock out other imports of the campaign, and everybody else from the students that this one changes."""
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    changed = [change.student.id for change in planned.changed]
    list(Student.objects.select_for_update(no_key=True).filter(pk__in=changed).order_by("pk").values_list("pk"))


def _result(planned: ImportPlan, entry: RosterImport) -> ImportResult:
    identifier = entry.pk if _has_changes(planned) else ""
    return ImportResult(
        len(planned.created), len(planned.changed), planned.unchanged, planned.bad_lines, planned, identifier
    )


def _new_entry(campaign: Campaign, planned: ImportPlan, origin: ImportSource) -> RosterImport:
    return RosterImport(
        campaign=campaign,
        imported_at=timezone.now(),
        user=getattr(origin.request, "user", None),
        file_name=origin.file_name[:120],
        created=len(planned.created),
        changed=len(planned.changed),
    )


def _has_changes(planned: ImportPlan) -> bool:
    return bool(planned.created or planned.changed)


def _write(entry: RosterImport, planned: ImportPlan, statements: Sequence[_Statement]) -> None:
    if _has_changes(planned):
        entry.save(force_insert=True)
    for statement in statements:
        statement.run()
    corrected = [change.student.id for change in planned.changed if change.changes_number]
    if corrected:  # another number may be another person's
        EnrolmentLink.objects.filter(student__in=corrected, proof=LinkProof.ID_NUMBER.value).delete()
    if _has_changes(planned):
        link_same_numbers()


def _reject_other_schools(file: RosterFile, code: str) -> RosterFile:
    """Reject the lines that name another school than the campaign's: the wrong file, or the wrong campaign."""
    others = [row for row in file.rows if row.school_code not in ("", code)]
    bad = [reject_row(row, "other_school", code=row.school_code, expected=code) for row in others]
    rows = tuple(row for row in file.rows if row.school_code in ("", code))
    return replace(file, rows=rows, bad_lines=(*file.bad_lines, *bad))


def _hashes(file: RosterFile) -> list[str]:
    key = roster_key()
    return [number_hash(key, row.number) for row in file.rows]


def _compare(file: RosterFile, hashes: Sequence[str], known: Sequence[ExistingStudent]) -> ImportPlan:
    return plan_import(file, hashes, known, decrypt_number)


def _prepare_secrets(planned: ImportPlan, progress: Progress) -> Secrets:
    """Return the stored values of each new number by line: see _SECRET_COLUMNS."""
    rows = [*planned.created, *(change.row for change in planned.changed if change.changes_number)]
    key, prepared = roster_key(), {}
    for part in _batches(rows):
        slow = slow_keyed_hashes([row.number for row in part])
        for row, id_number_slow_hash in zip(part, slow, strict=True):
            prepared[row.line] = (
                number_hash(key, row.number),
                encrypt_number(row.number),
                id_number_slow_hash,
                last_four(row.number),
            )
        progress(len(prepared), len(rows))
    return prepared


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    for start in range(0, len(rows), BATCH_SIZE):
        yield rows[start : start + BATCH_SIZE]


_COLUMNS: Final = DETAILS


@dataclass(frozen=True)
class _Statement:
    """One SQL statement for many rows: bulk_create and bulk_update spend seconds on building statements while the write
    lock is held."""

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


def _student(entry: RosterImport, row: Row, secrets: tuple[str, str, str, str]) -> Student:
    details = {column: getattr(row, column) for column in _COLUMNS}
    known = dict(zip(_SECRET_COLUMNS, secrets, strict=True))
    return Student(campaign_id=entry.campaign_id, roster_import_id=entry.pk, **details, **known)


def _statements(entry: RosterImport, planned: ImportPlan, prepared: Secrets, origin: ImportSource) -> list[_Statement]:
    """Return the statements for new students, changed ones, their earlier values, and the audit log."""
    students = [_student(entry, row, prepared[row.line]) for row in planned.created]
    changes = [_earlier_values(entry, change, prepared) for change in planned.changed]
    inserts = (_insert(Student, students), _insert(RosterChange, changes), _insert(Event, _events(planned, origin)))
    new = [(row, student.pk) for row, student in zip(planned.created, students, strict=True)]
    agreed_at = entry.imported_at if origin.contacts_agreed else None
    contacts = _Statement(*contact_statement(contact_rows(planned, new), agreed_at))
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


def _updates(planned: ImportPlan, prepared: Secrets) -> tuple[_Statement, _Statement]:
    """Return the updates of students with the same number, and of those with a new one."""
    same = [change for change in planned.changed if not change.changes_number]
    other = [change for change in planned.changed if change.changes_number]
    return _update(same, _COLUMNS, prepared), _update(other, _COLUMNS + _SECRET_COLUMNS, prepared)


def _update(changes: list[Change], columns: tuple[str, ...], prepared: Secrets) -> _Statement:
    assignments = ", ".join(f"{connection.ops.quote_name(column)} = %s" for column in columns)
    rows: list[list[Any]] = []
    for change in changes:
        values = [change.columns.get(column, ("", getattr(change.student, column)))[1] for column in _COLUMNS]
        rows.append([*values, *(prepared[change.row.line] if change.changes_number else ()), change.student.id])
    return _Statement(f"UPDATE {_table(Student)} SET {assignments} WHERE id = %s", rows)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _record_import(campaign: Campaign, planned: ImportPlan, origin: ImportSource) -> None:
    """Record the import in the audit log."""
    record(
        Action.ROSTER_IMPORTED,
        campaign.pk,
        request=origin.request,
        file=origin.file_name[:120],
        sha256=origin.sha256,
        created=len(planned.created),
        changed=len(planned.changed),
        unchanged=planned.unchanged,
        missing=len(planned.missing),
        bad=dict(count_reasons(planned.bad_lines)),
        contacts_agreed=origin.contacts_agreed,
        by="page" if origin.request is not None else "command",
    )


def _events(planned: ImportPlan, origin: ImportSource) -> list[Event]:
    """Return an audit event for every changed student: names masked, numbers as their last four characters."""
    user: Any = getattr(origin.request, "user", None)
    return [
        Event(action=Action.RECORD_CHANGED, user=user, subject=f"student {change.student.id}", details=_details(change))
        for change in planned.changed
    ]


def _details(change: Change) -> dict[str, object]:
    changes = {column: [mask_value(column, value) for value in values] for column, values in change.columns.items()}
    return {"by": "roster", "line": change.row.line, **changes}
