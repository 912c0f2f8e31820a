"""What a roster file would change in a campaign, worked out before anything is written.

Who is who: the same student number with the same name is the same student, even where the ID number was corrected;
else the same ID number is the same person, of whom several enrolments may stand in one campaign. Where a line can be
read in two ways, it is told and not guessed. A column that the file lacks, and an empty cell, change nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from config.errors import Problem
from config.id_number import last_four, normalize_student_no
from config.person_names import normalize_name
from server.records.roster_import.changes import Change, Known, Plan
from server.records.roster_import.line import BadLine, Row
from server.records.roster_import.reader import RosterFile

DETAILS: Final = ("name", "student_no", "candidate_no", "class_name", "major", "department", "document_type")
KEYS: Final = ("student_no", "candidate_no", "major")
_LIKE: Final = 4
"""How many characters two numbers may differ in, for one to be the other corrected."""


def plan(file: RosterFile, hashes: Sequence[str], known: Sequence[Known], opened: Callable[[str], str]) -> Plan:
    """`hashes` are the number hashes of the file's rows; `opened` decrypts a sealed number."""
    return _Planner(file, hashes, known, opened).plan()


class _Planner:
    def __init__(
        self, file: RosterFile, hashes: Sequence[str], known: Sequence[Known], opened: Callable[[str], str]
    ) -> None:
        self._file, self._known, self._opened = file, known, opened
        self._hash_of = dict(zip((row.line for row in file.rows), hashes, strict=True))
        self._by_hash = _grouped(known, lambda one: one.number_hash)
        self._by_name = _grouped(known, lambda one: normalize_name(one.name))
        self._by_no = {column: _by_number(known, column) for column in KEYS[:2]}
        self._matched: dict[str, Row] = {}
        self._named: set[str] = set()  # students of lines that were not taken: not missing either
        self._bad: list[BadLine] = []
        self._created: list[Row] = []
        self._zeros = 0

    def plan(self) -> Plan:
        left = [row for row in self._file.rows if not self._take(row, self._same_enrolment(row))]
        left = [row for row in left if not self._take(row, self._same_person(row))]
        for row in left:
            reason = self._reason_against(row)
            self._refuse(row, reason) if reason else self._created.append(row)
        self._refuse_mixed_people()
        self._refuse_taken_numbers()
        changes = [self._change(known, self._matched[known.id]) for known in self._known if known.id in self._matched]
        changed = tuple(change for change in changes if change.columns)
        return Plan(
            tuple(self._created),
            changed,
            len(changes) - len(changed),
            self._missing(),
            tuple(sorted((*self._file.bad, *self._bad), key=lambda bad: bad.line)),
            self._notes(),
        )

    # ------------------------------------------------------------------ who is who

    def _take(self, row: Row, known: Sequence[Known]) -> bool:
        for one in known:
            self._matched[one.id] = row
        return bool(known)

    def _same_enrolment(self, row: Row) -> Sequence[Known]:
        """The same student number (or candidate number) and the same name; or the same ID number, and nothing that
        tells two enrolments apart differs while something agrees."""
        for column in KEYS[:2]:
            number = _no(getattr(row, column))
            same = [one for one in self._by_no[column].get(number, ()) if normalize_name(one.name) == row.name]
            if number and len(same) == 1 and same[0].id not in self._matched:
                return same
        agreeing = [one for one in self._free(row) if _agrees(one, row) > 0]
        return agreeing if len(agreeing) == 1 else ()

    def _same_person(self, row: Row) -> Sequence[Known]:
        """The only student with this ID number whom nothing on the line contradicts; also one whose student number was
        corrected, where class, major and department say that it is the same enrolment. A line with a name alone
        means every enrolment of the person."""
        fitting = [one for one in self._free(row) if _agrees(one, row) >= 0]
        if len(fitting) == 1 or (fitting and not any(getattr(row, column) for column in DETAILS[1:])):
            return fitting
        if fitting:
            return ()
        alike = [one for one in self._free(row) if normalize_name(one.name) == row.name and _same_details(one, row)]
        return alike if len(alike) == 1 else ()

    def _free(self, row: Row) -> list[Known]:
        return [one for one in self._by_hash.get(self._hash_of[row.line], ()) if one.id not in self._matched]

    def _reason_against(self, row: Row) -> str:
        """Why a line that fits no known student is no new one either, or ""."""
        free = self._free(row)
        if any(_agrees(one, row) >= 0 for one in free):
            return "which_enrolment"
        if any(normalize_name(one.name) != row.name for one in self._by_hash.get(self._hash_of[row.line], ())):
            return "number_of_another"
        if free:
            return "enrolment_or_correction"
        for column in KEYS[:2]:
            if (number := _no(getattr(row, column))) and self._by_no[column].get(number):
                return "student_no_taken"
        return "perhaps_same" if self._may_be_correction(row) else ""

    def _may_be_correction(self, row: Row) -> bool:
        """Whether somebody of that name, whom no line names, has nearly the same ID number: then this may be they."""
        namesakes = [one for one in self._by_name.get(row.name, ()) if one.id not in self._matched]
        return any(_agrees(one, row) >= 0 and _alike(self._opened(one.number_sealed), row.number) for one in namesakes)

    def _refuse(self, row: Row, reason: str) -> None:
        self._bad.append(BadLine(f"roster.{reason}", line=row.line, student_no=row.student_no))
        self._named |= {one.id for one in self._by_hash.get(self._hash_of[row.line], ())}
        self._named |= {one.id for one in self._by_name.get(row.name, ())}

    def _refuse_mixed_people(self) -> None:
        """One ID number must not belong to two names once all is written."""
        people: dict[str, dict[str, list[Row | None]]] = defaultdict(lambda: defaultdict(list))
        for one in self._known:
            row = self._matched.get(one.id)
            key, name = (self._hash_of[row.line], row.name) if row else (one.number_hash, normalize_name(one.name))
            people[key][name].append(row)
        for row in self._created:
            people[self._hash_of[row.line]][row.name].append(row)
        for names in people.values():
            if len(names) > 1:
                for row in {row.line: row for rows in names.values() for row in rows if row}.values():
                    self._withdraw(row, "number_of_another")

    def _refuse_taken_numbers(self) -> None:
        """Nobody gets a student number or candidate number that another student keeps."""
        for column in KEYS[:2]:
            kept: dict[str, str] = {}
            given: list[tuple[str, Known, Row]] = []
            for one in self._known:
                row = self._matched.get(one.id)
                old, new = _no(getattr(one, column)), _no(getattr(row, column)) if row else ""
                if row and new and new != old:
                    given.append((new, one, row))
                elif old:
                    kept[old] = one.id
            for new, one, row in given:
                if kept.setdefault(new, one.id) != one.id:
                    self._withdraw(row, "student_no_taken")

    def _withdraw(self, row: Row, reason: str) -> None:
        self._created = [one for one in self._created if one.line != row.line]
        taken = [identifier for identifier, matched in self._matched.items() if matched.line == row.line]
        for identifier in taken:
            del self._matched[identifier]
        self._named |= set(taken)
        self._refuse(row, reason)

    # ------------------------------------------------------------------ what changes

    def _change(self, known: Known, row: Row) -> Change:
        columns = {}
        for column in DETAILS:
            old, new = getattr(known, column), getattr(row, column)
            if not new or old == new:
                continue
            if column in KEYS[:2] and _zeros_lost(old, new):
                self._zeros += 1
                continue
            columns[column] = (old, new)
        if known.number_hash != self._hash_of[row.line]:
            columns["number"] = (f"*{known.last_four}", f"*{last_four(row.number)}")
        return Change(known, row, columns)

    def _missing(self) -> tuple[Known, ...]:
        unread = {_no(str(bad.values.get("student_no", ""))) for bad in self._file.bad} - {""}
        named = self._named | set(self._matched)
        return tuple(one for one in self._known if one.id not in named and _no(one.student_no) not in unread)

    def _notes(self) -> tuple[Problem, ...]:
        zeros = (Problem("roster.zeros_lost", count=self._zeros),) if self._zeros else ()
        return (*self._file.notes, *zeros)


def _no(number: str) -> str:
    """A student number as it is compared: leading zeros are what table programs take away."""
    plain = normalize_student_no(number).upper()
    return plain.lstrip("0") or plain


def _zeros_lost(old: str, new: str) -> bool:
    return old != new and len(new) < len(old) and old.lstrip("0") == new.lstrip("0")


def _agrees(known: Known, row: Row) -> int:
    """How many of the values that tell enrolments apart are the same; -1 where one differs."""
    agreeing = 0
    for column in KEYS:
        old, new = getattr(known, column), getattr(row, column)
        if not old or not new:
            continue
        if (_no(old) != _no(new)) if column in KEYS[:2] else old != new:
            return -1
        agreeing += 1
    return agreeing


def _same_details(known: Known, row: Row) -> bool:
    """Class, major and department: one at least is the same, and none differs."""
    pairs = [(getattr(known, column), getattr(row, column)) for column in ("class_name", "major", "department")]
    both = [(old, new) for old, new in pairs if old and new]
    return bool(both) and all(old == new for old, new in both)


def _alike(one: str, other: str) -> bool:
    if len(one) == len(other) == 18 and one[6:14] == other[6:14]:
        return True
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) <= _LIKE


def _grouped(known: Iterable[Known], key: Callable[[Known], str]) -> dict[str, list[Known]]:
    groups: dict[str, list[Known]] = defaultdict(list)
    for one in known:
        groups[key(one)].append(one)
    return groups


def _by_number(known: Iterable[Known], column: str) -> dict[str, list[Known]]:
    return _grouped(known, lambda one: _no(getattr(one, column)))
