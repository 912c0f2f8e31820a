"""Read any table file that an office saves: the content determines the format, never the name."""

from __future__ import annotations

from typing import Final

from config.errors import Problem
from server.records.roster_import.columns import Header, has_header, sheet_header
from server.records.tables.markup import is_html, is_xml_workbook, read_html, read_xml_workbook
from server.records.tables.table import Sheet
from server.records.tables.text import decode_text, read_text, text_has_header
from server.records.tables.workbook import is_workbook, read_workbook

_OTHER_FORMATS: Final = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"{\\rtf",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"MIME-",
)


def read_sheets(content: bytes) -> tuple[Sheet, ...]:
    """Return the sheets. Raises Problem if the file cannot be read: roster.encoding*, .form, .workbook_*,
    .cut_character."""
    if content.startswith(_OTHER_FORMATS):
        raise Problem("roster.workbook_other")
    if is_workbook(content):
        return read_workbook(content)
    text = decode_text(content, _begins_with_header)
    if is_xml_workbook(text.text):
        return read_xml_workbook(text.text)
    if is_html(text.text):
        return read_html(text.text)
    return (read_text(text, has_header),)


def select_sheet(sheets: tuple[Sheet, ...], name: str = "") -> tuple[Sheet, Header]:
    """Return the sheet that contains the list, and its header; if several do, the one called `name`.

    Raises Problem: roster.header (no sheet has the columns), roster.sheets (several have), roster.sheet_unknown.
    """
    if name:
        sheets = tuple(sheet for sheet in sheets if sheet.name == name) or _raise_unknown_sheet(sheets, name)
    with_header = [(sheet, header) for sheet in sheets if (header := sheet_header(sheet)) is not None]
    complete = [pair for pair in with_header if pair[1].is_complete]
    candidates = [pair for pair in complete if pair[0].visible] or complete
    if len(candidates) > 1:
        raise Problem("roster.sheets", names="、".join(sheet.name for sheet, _ in candidates))
    if candidates:
        return candidates[0]
    raise _missing_header(sheets, with_header)


def _raise_unknown_sheet(sheets: tuple[Sheet, ...], name: str) -> tuple[Sheet, ...]:
    raise Problem("roster.sheet_unknown", name=name, names="、".join(sheet.name for sheet in sheets) or "-")


def _missing_header(sheets: tuple[Sheet, ...], partly: list[tuple[Sheet, Header]]) -> Problem:
    """Return which columns are missing in the line that looks most like a header, or in the first line."""
    if partly:
        sheet, header = max(partly, key=lambda pair: len(pair[1].places))
        cells, missing = sheet.lines[header.row_index].cells, header.missing
    else:
        first = next((sheet.lines[0] for sheet in sheets if sheet.lines), None)
        cells, missing = (first.cells if first else ()), ("姓名", "身份证号")
    found = "、".join(" ".join(cell.split())[:30] for cell in cells[:20] if cell.strip())
    return Problem("roster.header", missing="、".join(missing), found=found or "-")


def _begins_with_header(text: str) -> bool:
    if is_html(text):
        return any((header := sheet_header(sheet)) is not None and header.is_complete for sheet in read_html(text))
    return text_has_header(text, has_header)
