"""One line of a roster: a student, or the reason for its rejection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from config.errors import Problem

STUDENT_NUMBERS: Final = ("student_no", "candidate_no")
CONTACTS: Final = ("phone", "email")


@dataclass(frozen=True)
class Row:
    """A valid line of a roster; `line` counts from 1, as the spreadsheet program shows it. "" is an empty cell or a
    missing column."""

    line: int
    name: str
    number: str = field(repr=False)
    student_no: str = ""
    class_name: str = ""
    candidate_no: str = ""
    major: str = ""
    department: str = ""
    study_level: str = ""
    study_years: str = ""
    document_type: str = ""
    school_code: str = ""
    """Not stored: it must be that of the campaign."""
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    invalid_contacts: tuple[str, ...] = ()
    """Which of CONTACTS are on the line but not valid, and are left out."""

    @property
    def enrolment_key(self) -> tuple[str, str, str]:
        """The values that distinguish a person's enrolments."""
        return self.student_no.upper(), self.candidate_no.upper(), self.major


class BadLine(Problem):
    """A rejected line. Keys: `roster.<reason>`; `values["line"]` is its number, `values["student_no"]` the student
    number on it if it is readable."""

    @property
    def line(self) -> int:
        return int(str(self.values["line"]))


ReadLine = Row | BadLine


def reject_row(row: Row, reason: str, **values: object) -> BadLine:
    """Reject a line that is valid on its own but conflicts with others."""
    return BadLine(f"roster.{reason}", line=row.line, student_no=row.student_no, **values)


def count_reasons(bad: Iterable[BadLine]) -> Counter[str]:
    """Count the rejected lines by reason."""
    return Counter(line.key for line in bad)
