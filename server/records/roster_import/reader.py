"""Reads a roster file as a school office saves it, and says of every line that cannot be taken why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from config.errors import Problem
from config.id_number import DocumentType, normalize_student_no
from config.person_names import normalize_name, replacement_character
from server.records.roster_import.checks import mark_cut_off_end, without_cut_numbers, without_repeated
from server.records.roster_import.columns import COLUMNS, LIMITS, NEEDED, Header, column_word, document_type_named
from server.records.roster_import.line import STUDENT_NUMBERS, BadLine, Row
from server.records.roster_import.number_cell import ReadNumber, out_of_formula, read_number
from server.records.tables.file import chosen_sheet, read_sheets
from server.records.tables.table import Line, Sheet

_FOOTER: Final = re.compile(
    r"(\d{4}\s*[年./-]|合计|总计|小计|共计|制表|填表|审核|备注|说明|注[:：]|共\s*\d+\s*人|total|note)", re.IGNORECASE
)
_NOTHING: Final = re.compile(r"[-—–－_/\\.]+|无|暂无|空|没有|n/?a|null|none|nil", re.IGNORECASE)
"""What people and programs write into a cell to leave it empty."""
_MIXED: Final = re.compile(r"[A-Za-z][\u3400-\u9fff]|[\u3400-\u9fff][a-z]")
"""What Latin letters with accents become when their bytes are taken for GBK."""
_NAMED: Final = 20  # unused columns
_DETAILS: Final = ("class_name", "major", "department")


@dataclass(frozen=True)
class RosterFile:
    """`notes` say what is worth knowing of the file as a whole, such as columns that nothing was taken from."""

    rows: tuple[Row, ...]
    bad: tuple[BadLine, ...]
    notes: tuple[Problem, ...] = ()


def read_roster(content: bytes, sheet: str = "") -> RosterFile:
    """Reads .xlsx, .xlsb, .xls, .ods, HTML and XML tables, and separated text in UTF-8, UTF-16, GB 18030 or Big5.

    `sheet` names one where several hold a list. Raises Problem where the file as a whole cannot be read.
    """
    chosen, header = chosen_sheet(read_sheets(content), sheet)
    lines = [line for line in chosen.lines[header.line + 1 :] if not line.empty]
    readings = [_Reading(line, header, chosen) for line in lines]
    footers = [reading.line.number for reading in readings if reading.is_footer]
    taken = [reading.taken() for reading in readings if not reading.is_footer and not reading.is_header]
    taken = without_cut_numbers(taken)
    mark_cut_off_end(taken, chosen, header)
    taken = list(without_repeated(taken))
    if not taken:
        raise Problem("roster.no_rows")
    rows = tuple(row for row in taken if isinstance(row, Row))
    return RosterFile(rows, tuple(bad for bad in taken if isinstance(bad, BadLine)), _notes(chosen, header, footers))


@dataclass(frozen=True)
class _Reading:
    """One line, read column by column."""

    line: Line
    header: Header
    sheet: Sheet

    @property
    def is_header(self) -> bool:
        """The header once more, as on the second printed page."""
        return column_word(self._cell("name")[0]) in ("姓名", "name")

    @property
    def is_footer(self) -> bool:
        """A sum or a remark under the list: no number, and a word of that kind in the first filled cell."""
        first = next(cell.strip() for cell in self.line.cells if cell.strip())
        return not self._cell("number")[0] and bool(_FOOTER.match(first))

    def taken(self) -> Row | BadLine:
        raw = {column: self._cell(column) for column in COLUMNS}
        for column in NEEDED:
            if not raw[column][0]:
                return self._bad("missing", column=COLUMNS[column][0])
        name = normalize_name(out_of_formula(raw["name"][0]))
        if problem := self._name_problem(name):
            return problem
        kind = document_type_named(raw["document_type"][0])
        number = read_number(*raw["number"], kind)
        if number.problem:
            return self._bad_number(number)
        return self._row(name, number.number, kind, raw)

    def _row(self, name: str, number: str, kind: DocumentType | None, raw: dict[str, tuple[str, str]]) -> Row | BadLine:
        values = {column: normalize_student_no(out_of_formula(raw[column][0])) for column in STUDENT_NUMBERS}
        values |= {column: " ".join(out_of_formula(raw[column][0]).split()) for column in _DETAILS}
        for column, value in {**values, "name": name}.items():
            if len(value) > LIMITS[column]:
                return self._bad("too_long", column=COLUMNS[column][0], limit=LIMITS[column])
        for column in values:
            if raw[column][1]:
                key = {"cut": "cell_cut", "date": "cell_date"}[raw[column][1]]
                return self._bad(key, column=COLUMNS[column][0])
        for column in STUDENT_NUMBERS:
            if re.search(r"[^\x21-\x7e\u3400-\u9fff]", values[column]) or "?" in values[column]:
                return self._bad("cell_character", column=COLUMNS[column][0])
        return Row(self.line.number, name, number, document_type=kind.value if kind else "", **values)

    def _name_problem(self, name: str) -> BadLine | None:
        if not name:
            return self._bad("missing", column=COLUMNS["name"][0])
        if not any(character.isalpha() for character in name):
            return self._bad("name_no_letters")
        if lost := replacement_character(name):
            return self._bad("name_lost", character=lost)
        if self.sheet.encoding in ("gb18030", "big5hkscs") and _MIXED.search(name):
            return self._bad("name_garbled")
        if len(name) > LIMITS["name"]:
            return self._bad("too_long", column=COLUMNS["name"][0], limit=LIMITS["name"])
        return None

    def _bad_number(self, number: ReadNumber) -> BadLine:
        values = {"column": COLUMNS["number"][0]} | number.values
        return self._bad(number.problem, **values)

    def _bad(self, reason: str, **values: object) -> BadLine:
        student_no = normalize_student_no(out_of_formula(self._cell("student_no")[0]))
        return BadLine(f"roster.{reason}", line=self.line.number, student_no=student_no, **values)

    def _cell(self, column: str) -> tuple[str, str]:
        """The first filled cell of that column (a roster may have one for cards and one for passports), and what the
        table program did to it."""
        for place in self.header.places.get(column, ()):
            text = self.line.cell(place).strip()
            if text and (column == "name" or not _NOTHING.fullmatch(text)):
                return text, self.line.damaged.get(place, "")
        return "", ""


def _notes(sheet: Sheet, header: Header, footers: list[int]) -> tuple[Problem, ...]:
    notes = []
    if header.unused:
        more = " …" if len(header.unused) > _NAMED else ""
        notes.append(Problem("roster.unused", columns="、".join(header.unused[:_NAMED]) + more))
    if footers:
        notes.append(Problem("roster.footers", lines=", ".join(map(str, footers))))
    if not sheet.ends_whole and sheet.lines:
        notes.append(Problem("roster.no_end", line=sheet.lines[-1].number))
    return tuple(notes)
