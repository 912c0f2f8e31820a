"""Reads a roster file as a school office writes it, and says of every line that cannot be taken why."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from config.problem import Problem
from server.records.number import fault, tidy

COLUMNS: Final = {
    "name": ("姓名", "name"),
    "number": ("身份证号", "身份证号码", "证件号码", "id number", "id_number", "number"),
    "student_no": ("学号", "student number", "student_no"),
    "class_name": ("班级", "班级名称", "class", "class_name"),
}
NEEDED: Final = ("name", "number")
_LIMITS: Final = {"name": 100, "student_no": 40, "class_name": 60}


@dataclass(frozen=True)
class Row:
    """One good line of a roster; `line` counts from 1, the header being line 1."""

    line: int
    name: str
    number: str = field(repr=False)
    student_no: str = ""
    class_name: str = ""


class BadLine(Problem):
    """A line that was not taken. Keys: `roster.<reason>`; `values["line"]` is its number."""

    @property
    def line(self) -> int:
        return int(str(self.values["line"]))


@dataclass(frozen=True)
class RosterFile:
    rows: tuple[Row, ...]
    bad: tuple[BadLine, ...]


def read_roster(content: bytes) -> RosterFile:
    """Reads UTF-8 (with or without BOM) or GB18030, comma or tab separated, header in Chinese or English.

    Raises Problem where the file as a whole cannot be read (encoding, header, form).
    """
    try:
        return _read(_decoded(content))
    except csv.Error as error:  # a quotation mark that never closes, a null byte
        raise Problem("roster.form", why=str(error)) from error


def _read(text: str) -> RosterFile:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    header = next(lines, [])
    places = _places(header)
    rows: list[Row] = []
    bad: list[BadLine] = []
    seen: dict[str, int] = {}
    for number, cells in _filled(lines):
        taken = _row(number, cells, places)
        if isinstance(taken, Row):
            taken = _new(taken, seen)
        (rows if isinstance(taken, Row) else bad).append(taken)  # type: ignore[arg-type]
    return RosterFile(tuple(rows), tuple(bad))


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Problem("roster.encoding")


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(",\t;", key=header.count)


def _places(header: list[str]) -> dict[str, int]:
    """Which column stands where; raises Problem where a needed one is missing."""
    cells = [cell.strip().lower() for cell in header]
    places = {
        column: cells.index(name) for column, names in COLUMNS.items() for name in reversed(names) if name in cells
    }
    missing = [COLUMNS[column][0] for column in NEEDED if column not in places]
    if missing:
        raise Problem("roster.header", missing="、".join(missing), found="、".join(cells) or "-")
    return places


def _filled(lines: Any) -> Iterator[tuple[int, list[str]]]:
    """Every line of a csv.reader that is not empty, with its number in the file."""
    for cells in lines:
        if any(cell.strip() for cell in cells):
            yield lines.line_num, cells


def _row(line: int, cells: list[str], places: dict[str, int]) -> Row | BadLine:
    values = {column: cells[place].strip() if place < len(cells) else "" for column, place in places.items()}
    for column in NEEDED:
        if not values[column]:
            return BadLine("roster.missing", line=line, column=COLUMNS[column][0])
    for column, limit in _LIMITS.items():
        if len(values.get(column, "")) > limit:
            return BadLine("roster.too_long", line=line, column=COLUMNS[column][0], limit=limit)
    values["number"] = tidy(values["number"])
    wrong = fault(values["number"])
    return BadLine(wrong, line=line) if wrong else Row(line=line, **values)


def _new(row: Row, seen: dict[str, int]) -> Row | BadLine:
    """The row, unless its ID number or student number stands on an earlier line already."""
    for column, value in (("身份证号", row.number), ("学号", row.student_no)):
        if value and (first := seen.get(column + value)):
            return BadLine("roster.twice", line=row.line, column=column, first=first)
    seen["身份证号" + row.number] = row.line
    if row.student_no:
        seen["学号" + row.student_no] = row.line
    return row
