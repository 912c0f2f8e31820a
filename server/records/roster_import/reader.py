"""Read a roster file as a school office saves it, with the reason for each rejected line."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from config.errors import Problem
from config.id_number import DocumentType, normalize_student_no
from config.person_names import has_letter, normalize_name, replacement_character
from server.records.roster_import.checks import reject_duplicates, reject_truncated_end, reject_truncated_numbers
from server.records.roster_import.columns import (
    COLUMNS,
    MAX_LENGTHS,
    REQUIRED,
    Header,
    normalize_column_name,
    parse_document_type,
)
from server.records.roster_import.contact_cell import parse_contact
from server.records.roster_import.number_cell import ParsedNumber, parse_number, strip_formula
from server.records.roster_import.row import CONTACTS, STUDENT_NUMBERS, BadLine, Row
from server.records.tables.file import read_sheets, select_sheet
from server.records.tables.table import Line, Sheet

_FOOTER: Final = re.compile(
    r"(\d{4}\s*[年./-]|合计|总计|小计|共计|制表|填表|审核|备注|说明|注[:：]|共\s*\d+\s*人|total|note)", re.IGNORECASE
)
_EMPTY_VALUE: Final = re.compile(r"[-—–－_/\\.]+|无|暂无|空|没有|n/?a|null|none|nil", re.IGNORECASE)
"""Placeholders that people and programs write into empty cells."""
_GARBLED: Final = re.compile(r"[A-Za-z][\u3400-\u9fff]|[\u3400-\u9fff][a-z]")
"""Characters that accented Latin letters become when their bytes are decoded as GBK."""
_MAX_UNUSED_NAMED: Final = 20  # unused columns
_DETAILS: Final = ("class_name", "major", "department", "study_level", "study_years")
_YEARS: Final = re.compile(r"(\d(?:\.\d)?)(?:\.0)?年?")


@dataclass(frozen=True)
class RosterFile:
    """`notes` concern the file as a whole, for example columns that were not read."""

    rows: tuple[Row, ...]
    bad_lines: tuple[BadLine, ...]
    notes: tuple[Problem, ...] = ()


def read_roster(content: bytes, sheet: str = "") -> RosterFile:
    """Read .xlsx, .xlsb, .xls, .ods, HTML and XML tables, and separated text in UTF-8, UTF-16, GB 18030 or Big5.

    `sheet` names the sheet to read if several contain a list. Raises Problem if the file as a whole cannot be read.
    """
    return read_students(*select_sheet(read_sheets(content), sheet))


def read_students(chosen: Sheet, header: Header) -> RosterFile:
    """Read the lines below the header of one sheet. Raises Problem roster.no_rows."""
    lines = [line for line in chosen.lines[header.row_index + 1 :] if not line.is_empty]
    readings = [_LineReader(line, header, chosen) for line in lines]
    footers = [reading.line.number for reading in readings if reading.is_footer]
    lines_read = [reading.parse() for reading in readings if not reading.is_footer and not reading.is_header]
    lines_read = reject_truncated_numbers(lines_read)
    reject_truncated_end(lines_read, chosen, header)
    lines_read = list(reject_duplicates(lines_read))
    if not lines_read:
        raise Problem("roster.no_rows")
    rows = tuple(row for row in lines_read if isinstance(row, Row))
    bad_lines = tuple(bad for bad in lines_read if isinstance(bad, BadLine))
    return RosterFile(rows, bad_lines, (*_notes(chosen, header, footers), *_contact_notes(rows)))


@dataclass(frozen=True)
class _LineReader:
    """One line, read column by column."""

    line: Line
    header: Header
    sheet: Sheet

    @property
    def is_header(self) -> bool:
        """Whether the line repeats the header, as on the second printed page."""
        return normalize_column_name(self._cell("name")[0]) in ("姓名", "name")

    @property
    def is_footer(self) -> bool:
        """Whether it is a sum or a note below the list: no number, and such a word in the first non-empty cell."""
        first = next(cell.strip() for cell in self.line.cells if cell.strip())
        return not self._cell("number")[0] and bool(_FOOTER.match(first))

    def parse(self) -> Row | BadLine:
        raw = {column: self._cell(column) for column in COLUMNS}
        for column in REQUIRED:
            if not raw[column][0]:
                return self._reject("missing", column=COLUMNS[column][0])
        name = normalize_name(strip_formula(raw["name"][0]))
        if problem := self._name_problem(name):
            return problem
        kind = parse_document_type(raw["document_type"][0])
        number = parse_number(*raw["number"], kind)
        if number.reason:
            return self._reject_number(number)
        return self._create_row(name, number.number, kind, raw)

    def _create_row(
        self, name: str, number: str, kind: DocumentType | None, raw: dict[str, tuple[str, str]]
    ) -> Row | BadLine:
        values: dict[str, Any] = {
            column: normalize_student_no(strip_formula(raw[column][0])) for column in STUDENT_NUMBERS
        }
        values |= {column: " ".join(strip_formula(raw[column][0]).split()) for column in _DETAILS}
        if years := _YEARS.fullmatch(values["study_years"]):  # 4, 4年 and 4.0 are the same
            values["study_years"] = years[1].removesuffix(".0")
        for column, value in {**values, "name": name}.items():
            if len(value) > MAX_LENGTHS[column]:
                return self._reject("too_long", column=COLUMNS[column][0], limit=MAX_LENGTHS[column])
        for column in values:
            if raw[column][1]:
                key = {"cut": "cell_cut", "date": "cell_date"}[raw[column][1]]
                return self._reject(key, column=COLUMNS[column][0])
        for column in STUDENT_NUMBERS:
            if re.search(r"[^\x21-\x7e\u3400-\u9fff]", values[column]) or "?" in values[column]:
                return self._reject("cell_character", column=COLUMNS[column][0])
        school_code = normalize_student_no(strip_formula(raw["school_code"][0]))
        row = Row(self.line.number, name, number, **values)
        contacts = {column: parse_contact(column, *raw[column]) for column in CONTACTS}
        return replace(
            row,
            document_type=kind.value if kind else "",
            school_code=school_code,
            phone=contacts["phone"] or "",
            email=contacts["email"] or "",
            invalid_contacts=tuple(column for column, address in contacts.items() if address is None),
        )

    def _name_problem(self, name: str) -> BadLine | None:
        if not name:
            return self._reject("missing", column=COLUMNS["name"][0])
        if not has_letter(name):
            return self._reject("name_no_letters")
        if lost := replacement_character(name):
            return self._reject("name_lost", character=lost)
        if self.sheet.encoding in ("gb18030", "big5hkscs") and _GARBLED.search(name):
            return self._reject("name_garbled")
        if len(name) > MAX_LENGTHS["name"]:
            return self._reject("too_long", column=COLUMNS["name"][0], limit=MAX_LENGTHS["name"])
        return None

    def _reject_number(self, number: ParsedNumber) -> BadLine:
        values = {"column": COLUMNS["number"][0]} | number.values
        return self._reject(number.reason, **values)

    def _reject(self, reason: str, **values: object) -> BadLine:
        student_no = normalize_student_no(strip_formula(self._cell("student_no")[0]))
        return BadLine(f"roster.{reason}", line=self.line.number, student_no=student_no, **values)

    def _cell(self, column: str) -> tuple[str, str]:
        """Return the first non-empty cell of that column (a roster may have one for cards and one for passports), and
        how the spreadsheet program damaged it."""
        for place in self.header.places.get(column, ()):
            text = self.line.cell(place).strip()
            if text and (column == "name" or not _EMPTY_VALUE.fullmatch(text)):
                return text, self.line.damaged_cells.get(place, "")
        return "", ""


def _notes(sheet: Sheet, header: Header, footers: list[int]) -> tuple[Problem, ...]:
    notes = []
    if header.unused:
        more = " …" if len(header.unused) > _MAX_UNUSED_NAMED else ""
        notes.append(Problem("roster.unused", columns="、".join(header.unused[:_MAX_UNUSED_NAMED]) + more))
    if footers:
        notes.append(Problem("roster.footers", lines=", ".join(map(str, footers))))
    if not sheet.is_complete and sheet.lines:
        notes.append(Problem("roster.no_end", line=sheet.lines[-1].number))
    return tuple(notes)


def _contact_notes(rows: tuple[Row, ...]) -> list[Problem]:
    """Name the lines whose phone number or address is left out."""
    notes = []
    for column in CONTACTS:
        lines = [row.line for row in rows if column in row.invalid_contacts]
        if lines:
            more = " …" if len(lines) > _MAX_UNUSED_NAMED else ""
            shown = ", ".join(map(str, lines[:_MAX_UNUSED_NAMED])) + more
            notes.append(Problem(f"roster.invalid_{column}", count=len(lines), lines=shown))
    return notes
