"""One line of a roster: a student, or why it cannot be taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from config.errors import Problem

STUDENT_NUMBERS: Final = ("student_no", "candidate_no")


@dataclass(frozen=True)
class Row:
    """One good line of a roster; `line` counts from 1, as the table program shows it. "" stands for an empty cell, and
    for a column that the file does not have."""

    line: int
    name: str
    number: str = field(repr=False)
    student_no: str = ""
    class_name: str = ""
    candidate_no: str = ""
    major: str = ""
    department: str = ""
    document_type: str = ""

    @property
    def enrolment_key(self) -> tuple[str, str, str]:
        """What tells several enrolments of one person apart."""
        return self.student_no.upper(), self.candidate_no.upper(), self.major


class BadLine(Problem):
    """A line that was not taken. Keys: `roster.<reason>`; `values["line"]` is its number, `values["student_no"]` the
    student number on it, as far as it can be read."""

    @property
    def line(self) -> int:
        return int(str(self.values["line"]))


ReadLine = Row | BadLine


def reject_row(row: Row, reason: str, **values: object) -> BadLine:
    """A line that looked good by itself, and is not beside the others."""
    return BadLine(f"roster.{reason}", line=row.line, student_no=row.student_no, **values)


def count_reasons(bad: Iterable[BadLine]) -> Counter[str]:
    """How many lines were not taken for each reason."""
    return Counter(line.key for line in bad)
