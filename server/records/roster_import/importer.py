"""Import a roster file into a campaign: completely or not at all, unless bad lines are skipped on request.

Reading, comparing, hashing and encrypting happen before the transaction, which only writes: uploads of stations wait
about a second at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from django.db import transaction
from django.utils import timezone

from config.errors import Problem
from kiosk.upload.number_hashing import number_hash
from server.records.id_number_protection import decrypt_number, roster_key
from server.records.import_models import RosterImport
from server.records.models import Campaign, Student
from server.records.people import link_same_numbers
from server.records.people_models import EnrolmentLink, LinkProof
from server.records.roster_import.import_audit import ImportSource, record_import
from server.records.roster_import.import_plan import ExistingStudent, ImportPlan, existing_students
from server.records.roster_import.planner import plan_import
from server.records.roster_import.reader import RosterFile, read_roster
from server.records.roster_import.row import BadLine, reject_row
from server.records.roster_import.statements import Statement, import_statements
from server.records.roster_import.stored_numbers import Progress, prepare_secrets

_MAX_ATTEMPTS: Final = 3
OnPlan = Callable[[ImportPlan], None]


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
        prepared = prepare_secrets(planned, progress)
        entry = _new_entry(campaign, planned, origin)
        statements = import_statements(entry, planned, prepared, origin)
        with transaction.atomic():
            _lock_changed(campaign, planned)
            if existing_students(campaign.pk) != known:
                continue  # somebody else changed students meanwhile: compare again
            _write(entry, planned, statements)
            record_import(campaign, planned, origin)
        return _result(planned, entry)
    raise Problem("roster.busy")


def _lock_changed(campaign: Campaign, planned: ImportPlan) -> None:
    """Lock the campaign against other imports, and the students that this import changes against other changes."""
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


def _write(entry: RosterImport, planned: ImportPlan, statements: Sequence[Statement]) -> None:
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
