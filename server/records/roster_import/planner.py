"""Plan what a roster file would change in a campaign, before anything is written.

Matching: the same student number with the same name is the same student, even if the ID number was corrected; otherwise
the same ID number is the same person, who may have several enrolments in one campaign. An ambiguous line is reported,
not guessed. A missing column and an empty cell change nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from config.errors import Problem
from config.id_number import last_four, normalize_student_no
from config.person_names import normalize_name
from server.records.roster_import.contacts import contact_changes, kept_notes
from server.records.roster_import.import_plan import Change, ExistingStudent, ImportPlan
from server.records.roster_import.reader import RosterFile
from server.records.roster_import.row import BadLine, Row

DETAILS: Final = (
    "name", "student_no", "candidate_no", "class_name", "major", "department", "study_level", "study_years",
    "document_type",
)  # fmt: skip
KEYS: Final = ("student_no", "candidate_no", "major")
_MAX_DIFFERENCES: Final = 4
"""The number of different characters up to which one number can be a correction of the other."""


def plan_import(
    file: RosterFile, hashes: Sequence[str], known: Sequence[ExistingStudent], decrypt: Callable[[str], str]
) -> ImportPlan:
    """Return the plan. `hashes` are the number hashes of the file's rows; `decrypt` decrypts an encrypted number."""
    return _Planner(file, hashes, known, decrypt).plan()


class _Planner:
    def __init__(
        self, file: RosterFile, hashes: Sequence[str], known: Sequence[ExistingStudent], decrypt: Callable[[str], str]
    ) -> None:
        self._file, self._students, self._decrypt = file, known, decrypt
        self._hash_of = dict(zip((row.line for row in file.rows), hashes, strict=True))
        self._by_hash = _group_by(known, lambda one: one.id_number_hmac)
        self._by_name = _group_by(known, lambda one: normalize_name(one.name))
        self._by_no = {column: _group_by_number(known, column) for column in KEYS[:2]}
        self._matched: dict[str, Row] = {}
        self._mentioned: set[str] = set()  # students of rejected lines are not missing
        self._bad_lines: list[BadLine] = []
        self._created: list[Row] = []
        self._zeros_lost_count = 0

    def plan(self) -> ImportPlan:
        remaining = [row for row in self._file.rows if not self._match(row, self._same_enrolment(row))]
        remaining = [row for row in remaining if not self._match(row, self._same_person(row))]
        for row in remaining:
            reason = self._rejection_reason(row)
            self._reject(row, reason) if reason else self._created.append(row)
        self._reject_mixed_people()
        self._reject_taken_numbers()
        changes = [
            self._change(known, self._matched[known.id]) for known in self._students if known.id in self._matched
        ]
        changed = tuple(change for change in changes if change.columns)
        return ImportPlan(
            tuple(self._created),
            changed,
            len(changes) - len(changed),
            self._missing(),
            tuple(sorted((*self._file.bad_lines, *self._bad_lines), key=lambda bad: bad.line)),
            (*self._notes(), *kept_notes(self._students, self._matched)),
        )

    # ------------------------------------------------------------------ matching

    def _match(self, row: Row, students: Sequence[ExistingStudent]) -> bool:
        for one in students:
            self._matched[one.id] = row
        return bool(students)

    def _same_enrolment(self, row: Row) -> Sequence[ExistingStudent]:
        """Find the same student number (or candidate number) with the same name; or the same ID number where no
        enrolment key differs and at least one matches."""
        for column in KEYS[:2]:
            number = _normalize_no(getattr(row, column))
            same = [one for one in self._by_no[column].get(number, ()) if normalize_name(one.name) == row.name]
            if number and len(same) == 1 and same[0].id not in self._matched:
                return same
        agreeing = [one for one in self._unmatched(row) if _matching_keys(one, row) > 0]
        return agreeing if len(agreeing) == 1 else ()

    def _same_person(self, row: Row) -> Sequence[ExistingStudent]:
        """Find the only student with this ID number that nothing on the line contradicts; or one whose student number
        was corrected, if class, major and department match. A line with only a name means every enrolment of the
        person."""
        fitting = [one for one in self._unmatched(row) if _matching_keys(one, row) >= 0]
        if len(fitting) == 1 or (fitting and not any(getattr(row, column) for column in DETAILS[1:])):
            return fitting
        if fitting:
            return ()
        alike = [
            one for one in self._unmatched(row) if normalize_name(one.name) == row.name and _same_details(one, row)
        ]
        return alike if len(alike) == 1 else ()

    def _unmatched(self, row: Row) -> list[ExistingStudent]:
        return [one for one in self._by_hash.get(self._hash_of[row.line], ()) if one.id not in self._matched]

    def _rejection_reason(self, row: Row) -> str:
        """Return why a line that matches no known student is not a new one either, or ""."""
        free = self._unmatched(row)
        if any(_matching_keys(one, row) >= 0 for one in free):
            return "which_enrolment"
        if any(normalize_name(one.name) != row.name for one in self._by_hash.get(self._hash_of[row.line], ())):
            return "number_of_another"
        if free:
            return "enrolment_or_correction"
        for column in KEYS[:2]:
            if (number := _normalize_no(getattr(row, column))) and self._by_no[column].get(number):
                return "student_no_taken"
        return "perhaps_same" if self._may_be_correction(row) else ""

    def _may_be_correction(self, row: Row) -> bool:
        """Whether an unmatched student of that name has nearly the same ID number, so that the line may correct it."""
        namesakes = [one for one in self._by_name.get(row.name, ()) if one.id not in self._matched]
        return any(
            _matching_keys(one, row) >= 0 and _is_similar_number(self._decrypt(one.id_number_encrypted), row.number)
            for one in namesakes
        )

    def _reject(self, row: Row, reason: str) -> None:
        self._bad_lines.append(BadLine(f"roster.{reason}", line=row.line, student_no=row.student_no))
        self._mentioned |= {one.id for one in self._by_hash.get(self._hash_of[row.line], ())}
        self._mentioned |= {one.id for one in self._by_name.get(row.name, ())}

    def _reject_mixed_people(self) -> None:
        """Reject lines that would give one ID number to two names."""
        people: dict[str, dict[str, list[Row | None]]] = defaultdict(lambda: defaultdict(list))
        for one in self._students:
            row = self._matched.get(one.id)
            key, name = (self._hash_of[row.line], row.name) if row else (one.id_number_hmac, normalize_name(one.name))
            people[key][name].append(row)
        for row in self._created:
            people[self._hash_of[row.line]][row.name].append(row)
        for names in people.values():
            if len(names) > 1:
                for row in {row.line: row for rows in names.values() for row in rows if row}.values():
                    self._unmatch(row, "number_of_another")

    def _reject_taken_numbers(self) -> None:
        """Reject lines that would give a student number or candidate number to two students."""
        for column in KEYS[:2]:
            owners: dict[str, str] = {}
            assignments: list[tuple[str, ExistingStudent, Row]] = []
            for one in self._students:
                row = self._matched.get(one.id)
                old, new = _normalize_no(getattr(one, column)), _normalize_no(getattr(row, column)) if row else ""
                if row and new and new != old:
                    assignments.append((new, one, row))
                elif old:
                    owners[old] = one.id
            for new, one, row in assignments:
                if owners.setdefault(new, one.id) != one.id:
                    self._unmatch(row, "student_no_taken")

    def _unmatch(self, row: Row, reason: str) -> None:
        self._created = [one for one in self._created if one.line != row.line]
        taken = [identifier for identifier, matched in self._matched.items() if matched.line == row.line]
        for identifier in taken:
            del self._matched[identifier]
        self._mentioned |= set(taken)
        self._reject(row, reason)

    # ------------------------------------------------------------------ changes

    def _change(self, known: ExistingStudent, row: Row) -> Change:
        columns = {}
        for column in DETAILS:
            old, new = getattr(known, column), getattr(row, column)
            if not new or old == new:
                continue
            if column in KEYS[:2] and _zeros_lost(old, new):
                self._zeros_lost_count += 1
                continue
            columns[column] = (old, new)
        columns |= contact_changes(known, row)
        if known.id_number_hmac != self._hash_of[row.line]:
            columns["number"] = (f"*{known.last_four}", f"*{last_four(row.number)}")
        return Change(known, row, columns)

    def _missing(self) -> tuple[ExistingStudent, ...]:
        unread = {_normalize_no(str(bad.values.get("student_no", ""))) for bad in self._file.bad_lines} - {""}
        named = self._mentioned | set(self._matched)
        return tuple(
            one for one in self._students if one.id not in named and _normalize_no(one.student_no) not in unread
        )

    def _notes(self) -> tuple[Problem, ...]:
        zeros = (Problem("roster.zeros_lost", count=self._zeros_lost_count),) if self._zeros_lost_count else ()
        return (*self._file.notes, *zeros)


def _normalize_no(number: str) -> str:
    """Normalize a student number for comparison: spreadsheet programs remove leading zeros."""
    plain = normalize_student_no(number).upper()
    return plain.lstrip("0") or plain


def _zeros_lost(old: str, new: str) -> bool:
    return old != new and len(new) < len(old) and old.lstrip("0") == new.lstrip("0")


def _matching_keys(known: ExistingStudent, row: Row) -> int:
    """Return how many enrolment keys are equal; -1 if one differs."""
    agreeing = 0
    for column in KEYS:
        old, new = getattr(known, column), getattr(row, column)
        if not old or not new:
            continue
        if (_normalize_no(old) != _normalize_no(new)) if column in KEYS[:2] else old != new:
            return -1
        agreeing += 1
    return agreeing


def _same_details(known: ExistingStudent, row: Row) -> bool:
    """Whether at least one of class, major and department is equal, and none differs."""
    pairs = [(getattr(known, column), getattr(row, column)) for column in ("class_name", "major", "department")]
    both = [(old, new) for old, new in pairs if old and new]
    return bool(both) and all(old == new for old, new in both)


def _is_similar_number(one: str, other: str) -> bool:
    if len(one) == len(other) == 18 and one[6:14] == other[6:14]:
        return True
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) <= _MAX_DIFFERENCES


def _group_by(
    known: Iterable[ExistingStudent], key: Callable[[ExistingStudent], str]
) -> dict[str, list[ExistingStudent]]:
    groups: dict[str, list[ExistingStudent]] = defaultdict(list)
    for one in known:
        groups[key(one)].append(one)
    return groups


def _group_by_number(known: Iterable[ExistingStudent], column: str) -> dict[str, list[ExistingStudent]]:
    return _group_by(known, lambda one: _normalize_no(getattr(one, column)))
