"""Assign the columns of a table file to the columns of a roster: recognized automatically, changeable by the clerk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from config.errors import Problem
from config.id_number import mask_number
from config.person_names import HAN, mask_name
from server.notices.addresses import mask_address
from server.records.roster_import.columns import COLUMNS, REQUIRED, Header, normalize_column_name, recognize_column
from server.records.roster_import.row import CONTACTS
from server.records.tables.table import Sheet

IGNORED: Final = ""
_HEADER_SEARCH_LINES: Final = 20
_SAMPLES: Final = 3
_LONG_NUMBER: Final = re.compile(r"[0-9A-Za-z]{8,}")
_PERHAPS_NAME: Final = re.compile(rf"[{HAN}\s·]{{2,12}}")
_UNRANKED: Final = 1000
_COMPLETE: Final = 100
"""Added to the score of a line that names every required column."""
Assignment = Mapping[int, str]
"""Position of a column in the file to the name of a roster's column, or IGNORED."""


@dataclass(frozen=True)
class FileColumn:
    """One column of the file. `samples` are its first values, masked."""

    place: int
    name: str
    samples: tuple[str, ...]
    assigned: str


@dataclass(frozen=True)
class Outline:
    """The header row and the columns of a sheet, with the assignments that the clerk may change. `other_lists` names
    the sheets that are lists too, if nobody has chosen one."""

    sheet: Sheet
    header_row: int
    columns: tuple[FileColumn, ...]
    other_lists: tuple[str, ...] = ()

    @property
    def assignment(self) -> dict[int, str]:
        return {column.place: column.assigned for column in self.columns}

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns to which nothing is assigned."""
        assigned = set(self.assignment.values())
        return tuple(column for column in REQUIRED if column not in assigned)


def outline(sheets: Sequence[Sheet], remembered: Mapping[str, str], name: str = "") -> Outline:
    """Return the outline of the sheet called `name`, or of the one that looks most like a roster.

    `remembered` maps normalized column names to the school's earlier assignments. Raises Problem roster.no_rows.
    """
    candidates = [sheet for sheet in sheets if sheet.lines and (sheet.name == name if name else True)]
    if not candidates:
        raise Problem("roster.no_rows")
    visible = [sheet for sheet in candidates if sheet.visible] or candidates
    scored = [(*_find_header_row(sheet, remembered), sheet) for sheet in visible]
    _, row, sheet = max(scored, key=lambda one: one[0])
    others = tuple(one.name for score, _, one in scored if score > _COMPLETE and one is not sheet)
    return Outline(sheet, row, _columns(sheet, row, remembered), others)


def header_of(sheet: Sheet, header_row: int, assignment: Assignment) -> Header:
    """Return the header by which the sheet is read. Raises Problem roster.header if a required column is missing."""
    cells = sheet.lines[header_row].cells
    places: dict[str, list[int]] = {}
    for place, column in assignment.items():
        if column in COLUMNS:
            places.setdefault(column, []).append(place)
    ordered = {
        column: tuple(sorted(positions, key=lambda place: _rank(cells, place, column)))
        for column, positions in places.items()
    }
    unused = [" ".join(cell.split())[:30] for at, cell in enumerate(cells) if cell.strip() and not assignment.get(at)]
    header = Header(header_row, ordered, tuple(unused))
    if header.missing:
        found = "、".join(" ".join(cell.split())[:30] for cell in cells[:20] if cell.strip())
        raise Problem("roster.header", missing="、".join(header.missing), found=found or "-")
    return header


def differences(columns: Sequence[FileColumn], assignment: Assignment) -> dict[str, str]:
    """Return the assignments to remember: those that are not recognized automatically."""
    chosen = {}
    for column in columns:
        known = recognize_column(column.name)
        if column.name and assignment.get(column.place, IGNORED) != (known[0] if known else IGNORED):
            chosen[normalize_column_name(column.name)] = assignment.get(column.place, IGNORED)
    return chosen


def _find_header_row(sheet: Sheet, remembered: Mapping[str, str]) -> tuple[int, int]:
    """Return how many columns the best line of column names has, plus _COMPLETE if none is missing, and its
    position."""
    best, row = -1, 0
    for place, line in enumerate(sheet.lines[:_HEADER_SEARCH_LINES]):
        columns = {_recognize(cell, remembered) for cell in line.cells} - {IGNORED}
        score = len(columns) + (_COMPLETE if set(REQUIRED) <= columns else 0)
        if not columns and sum(bool(cell.strip()) for cell in line.cells) < 2:
            score = -1  # a title above the table
        if score > best:
            best, row = score, place
    return best, row


def _columns(sheet: Sheet, row: int, remembered: Mapping[str, str]) -> tuple[FileColumn, ...]:
    header = sheet.lines[row].cells
    body = sheet.lines[row + 1 :]
    width = max([len(header), *(len(line.cells) for line in body[:50])])
    columns = []
    for place in range(width):
        name = " ".join(header[place].split()) if place < len(header) else ""
        values = [line.cell(place).strip() for line in body[:50] if line.cell(place).strip()][:_SAMPLES]
        if name or values:
            assigned = _recognize(name, remembered)
            columns.append(FileColumn(place, name, tuple(_mask(value, assigned) for value in values), assigned))
    return tuple(columns)


def _recognize(name: str, remembered: Mapping[str, str]) -> str:
    normalized = normalize_column_name(name)
    if normalized and normalized in remembered:
        return remembered[normalized] if remembered[normalized] in COLUMNS else IGNORED
    known = recognize_column(name)
    return known[0] if known else IGNORED


def _mask(value: str, column: str) -> str:
    """Mask names, and everything that may be an ID number or a telephone number."""
    if column == "name":
        return mask_name(value)
    if column in ("student_no", "candidate_no"):
        return value[:30]
    if column in CONTACTS or "@" in value:
        return mask_address(value.strip())[:30]
    if not column and _PERHAPS_NAME.fullmatch(value):
        return mask_name(value)
    return _LONG_NUMBER.sub(lambda found: mask_number(found[0]), value)[:30]


def _rank(cells: Sequence[str], place: int, column: str) -> tuple[int, int]:
    known = recognize_column(cells[place]) if place < len(cells) else None
    return (known[1] if known and known[0] == column else _UNRANKED), place
