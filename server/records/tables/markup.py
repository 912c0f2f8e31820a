"""Tables that web systems save as .xls: HTML, and Excel's XML of 2003."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring

from config.errors import Problem
from server.records.tables.table import Line, Sheet

_MAX_CELLS: Final = 4_000_000
_SPREADSHEET: Final = "urn:schemas-microsoft-com:office:spreadsheet"
_DECLARATION: Final = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


def is_html(text: str) -> bool:
    head = text[:4000].lower()
    return any(tag in head for tag in ("<html", "<table", "<!doctype html"))


def is_xml_workbook(text: str) -> bool:
    return _SPREADSHEET in text[:4000]


def read_html(text: str) -> tuple[Sheet, ...]:
    """Return each table of the page as a sheet. Raises Problem roster.header if there is none."""
    parser = _TableParser()
    parser.feed(text)
    parser.close()
    return tuple(
        Sheet(str(number), tuple(Line(at, tuple(row)) for at, row in enumerate(rows, 1)), is_complete=parser.closed)
        for number, rows in enumerate(parser.tables, 1)
    )


class _TableParser(HTMLParser):
    """Collect rows and cells of all tables; ignore text outside of cells, scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self.closed = True
        self._cell: list[str] | None = None
        self._skip_depth = 0
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
            self.closed = False
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self._begin_cell()
        elif tag in ("script", "style"):
            self._skip_depth += 1
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table":
            self.closed = True
        if tag in ("script", "style"):
            self._skip_depth = max(0, self._skip_depth - 1)

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._skip_depth:
            self._cell.append(data)

    def _begin_cell(self) -> None:
        self._end_cell()
        self._cells += 1
        if self._cells > _MAX_CELLS:
            raise Problem("roster.workbook_large")
        self._cell = []

    def _end_cell(self) -> None:
        if self._cell is not None:
            self.tables[-1][-1].append(" ".join("".join(self._cell).split()))
            self._cell = None


def read_xml_workbook(text: str) -> tuple[Sheet, ...]:
    """Return the worksheets. Raises Problem roster.workbook_damaged, also for entity declarations, which can expand
    without limit."""
    if _DECLARATION.search(text):
        raise Problem("roster.workbook_damaged")
    try:
        book = fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    except ParseError as error:
        raise Problem("roster.workbook_damaged") from error
    worksheets = book.iter(f"{{{_SPREADSHEET}}}Worksheet")
    return tuple(Sheet(one.get(f"{{{_SPREADSHEET}}}Name", ""), tuple(_read_xml_lines(one))) for one in worksheets)


def _read_xml_lines(sheet: Element) -> list[Line]:
    lines: list[Line] = []
    number = 0
    for row in sheet.iter(f"{{{_SPREADSHEET}}}Row"):
        number = int(row.get(f"{{{_SPREADSHEET}}}Index", number + 1))
        cells: list[str] = []
        damaged: dict[int, str] = {}
        for cell in row.iter(f"{{{_SPREADSHEET}}}Cell"):
            place = int(cell.get(f"{{{_SPREADSHEET}}}Index", len(cells) + 1)) - 1
            if place > 1000 or number > 2_000_000:
                raise Problem("roster.workbook_large")
            cells.extend([""] * (place - len(cells)))
            data = cell.find(f"{{{_SPREADSHEET}}}Data")
            text = "".join(data.itertext()) if data is not None else ""
            kind = data.get(f"{{{_SPREADSHEET}}}Type", "") if data is not None else ""
            if kind == "Number" and len(re.sub(r"\D", "", text.partition("E")[0])) + ("E" in text) * 20 > 15:
                damaged[len(cells)] = "cut"
            if kind == "DateTime":
                damaged[len(cells)] = "date"
            cells.append(text)
        lines.append(Line(number, tuple(cells), damaged))
    return lines
