"""Checks across the lines of a roster."""

from __future__ import annotations

from collections.abc import Iterator

from server.records.roster_import.columns import COLUMNS, Header
from server.records.roster_import.number_cell import looks_truncated
from server.records.roster_import.row import STUDENT_NUMBERS, BadLine, ReadLine, Row, reject_row
from server.records.tables.table import Sheet


def reject_truncated_numbers(read_lines: list[ReadLine]) -> list[ReadLine]:
    """Reject numbers ending in 000 if other numbers of the file were truncated, or if most of its numbers end so. One
    in eleven numbers that Excel truncated has a valid check character by chance; of complete numbers one in a thousand
    ends in 000."""
    whole = [row for row in read_lines if isinstance(row, Row) and row.number.isdecimal() and len(row.number) == 18]
    suspect = [row for row in whole if looks_truncated(row.number)]
    others_cut = any(isinstance(line, BadLine) and line.key == "roster.number_cut" for line in read_lines)
    if not suspect or not (others_cut or len(suspect) * 2 > len(whole)):
        return read_lines
    suspect_lines = {row.line for row in suspect}
    return [_reject_truncated(row) if isinstance(row, Row) and row.line in suspect_lines else row for row in read_lines]


def _reject_truncated(row: Row) -> BadLine:
    return reject_row(row, "number_cut", column=COLUMNS["number"][0])


def reject_truncated_end(read_lines: list[ReadLine], sheet: Sheet, header: Header) -> None:
    """Reject the last line if the text file was truncated inside it: it has fewer cells than the others, or a last cell
    shorter than all of theirs."""
    if (
        sheet.is_complete
        or not read_lines
        or not isinstance(read_lines[-1], Row)
        or read_lines[-1].line != sheet.lines[-1].number
    ):
        return
    body = [line.cells for line in sheet.lines[header.row_index + 1 :]]
    last, others = body[-1], body[:-1]
    if len(others) < 2:
        return
    end = len(last) - 1
    short = len(last) < min(map(len, others))
    cut = all(len(cells) > end and len(last[end]) < len(cells[end]) for cells in others)
    if short or cut:
        read_lines[-1] = reject_row(read_lines[-1], "cut_off")


def reject_duplicates(read_lines: list[ReadLine]) -> Iterator[ReadLine]:
    """Yield every line, but reject those whose student number, enrolment, or ID number under another name is in an
    earlier line."""
    people: dict[str, list[Row]] = {}
    by_number: dict[tuple[str, str], int] = {}
    for row in read_lines:
        if isinstance(row, Row):
            row = _find_duplicate(row, people, by_number) or row
        if isinstance(row, Row):
            people.setdefault(row.number, []).append(row)
            for column in STUDENT_NUMBERS:
                if value := getattr(row, column):
                    by_number[column, value.upper()] = row.line
        yield row


def _find_duplicate(row: Row, people: dict[str, list[Row]], by_number: dict[tuple[str, str], int]) -> BadLine | None:
    same = people.get(row.number, [])
    for earlier in same:
        if _may_be_same_enrolment(earlier, row):
            return reject_row(row, "twice", column=COLUMNS["number"][0], first=earlier.line)
        if earlier.name != row.name:
            return reject_row(row, "twice_other_name", first=earlier.line)
    for column in STUDENT_NUMBERS:
        first = by_number.get((column, getattr(row, column).upper()))
        if first:
            return reject_row(row, "twice", column=COLUMNS[column][0], first=first)
    return None


def _may_be_same_enrolment(one: Row, other: Row) -> bool:
    """Whether no key that both lines have differs."""
    pairs = [(a, b) for a, b in zip(one.enrolment_key, other.enrolment_key, strict=True) if a and b]
    return all(a == b for a, b in pairs)
