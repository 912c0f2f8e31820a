"""Tables that web systems save as .xls: HTML, and Excel's XML of 2003."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, ParseError, fromstring

from config.errors import Problem
from server.records.tables.html_rows import HtmlRows, read_span
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
    for one in parser.tables:
        one.end_row()
    return tuple(
        Sheet(str(number), tuple(Line(at, tuple(row)) for at, row in enumerate(one.rows, 1)), is_complete=parser.closed)
        for number, one in enumerate(parser.tables, 1)
    )


class _TableParser(HTMLParser):
    """Collect rows and cells of all tables; ignore text outside of cells, scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[HtmlRows] = []
        self.closed = True
        self._cell: list[str] | None = None
        self._spans = (1, 1)
        self._earlier_cells = 0
        self._skip_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("table", "tr"):
            self._end_cell()  # `</td>` may be left out
        if tag == "table":
            self._earlier_cells += self.tables[-1].cell_count if self.tables else 0
            self.tables.append(HtmlRows())
            self.closed = False
        elif tag == "tr" and self.tables:
            self.tables[-1].begin_row()
            self._check_size()
        elif tag in ("td", "th") and self.tables and self.tables[-1].rows:
            self._begin_cell(dict(attrs))
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

    def _begin_cell(self, attributes: dict[str, str | None]) -> None:
        self._end_cell()
        self._cell = []
        self._spans = read_span(attributes.get("colspan"), False), read_span(attributes.get("rowspan"), True)

    def _end_cell(self) -> None:
        if self._cell is not None:
            self.tables[-1].add_cell(" ".join("".join(self._cell).split()), *self._spans)
            self._cell = None
            self._check_size()

    def _check_size(self) -> None:
        if self._earlier_cells + self.tables[-1].cell_count > _MAX_CELLS:
            raise Problem("roster.workbook_large")


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
    number, merged = 0, dict[int, _MergedCell]()
    for row in sheet.iter(f"{{{_SPREADSHEET}}}Row"):
        number = _read_count(row, "Index", number + 1, minimum=1)
        cells, damaged = _read_xml_cells(row, number, merged)
        _fill_merged(cells, damaged, number, merged)
        lines.append(Line(number, tuple(cells), damaged))
    return lines


class _MergedCell(NamedTuple):
    """A cell merged over several rows of one column, down to the line `last`."""

    last: int
    text: str
    damage: str


def _read_xml_cells(row: Element, number: int, merged: dict[int, _MergedCell]) -> tuple[list[str], dict[int, str]]:
    """Return the cells of a row and the damaged ones; add those that are merged with cells below to `merged`."""
    cells: list[str] = []
    damaged: dict[int, str] = {}
    for cell in row.iter(f"{{{_SPREADSHEET}}}Cell"):
        place = _read_count(cell, "Index", len(cells) + 1, minimum=1) - 1
        across, down = _read_count(cell, "MergeAcross", 0), _read_count(cell, "MergeDown", 0)
        if place + across > 1000 or number > 2_000_000:
            raise Problem("roster.workbook_large")
        cells.extend([""] * (place - len(cells)))
        text, damage = _read_xml_text(cell)
        if damage:
            damaged[len(cells)] = damage
        if down and not across:
            merged[len(cells)] = _MergedCell(number + down, text, damage)
        cells.extend([text, *[""] * across])
    return cells, damaged


def _read_xml_text(cell: Element) -> tuple[str, str]:
    """Return the text of a cell, and how the spreadsheet program damaged it (see Line)."""
    data = cell.find(f"{{{_SPREADSHEET}}}Data")
    if data is None:
        return "", ""
    text, kind = "".join(data.itertext()), data.get(f"{{{_SPREADSHEET}}}Type", "")
    if kind == "Number" and len(re.sub(r"\D", "", text.partition("E")[0])) + ("E" in text) * 20 > 15:
        return text, "cut"
    return text, "date" if kind == "DateTime" else ""


def _fill_merged(cells: list[str], damaged: dict[int, str], number: int, merged: dict[int, _MergedCell]) -> None:
    """Copy cells merged over several rows into the empty ones below them, as the reader of workbooks does."""
    for place, one in list(merged.items()):
        if number > one.last:
            del merged[place]
            continue
        cells.extend([""] * (place + 1 - len(cells)))
        if not cells[place]:
            cells[place] = one.text
            damaged |= {place: one.damage} if one.damage else {}


def _read_count(element: Element, name: str, default: int, minimum: int = 0) -> int:
    """Return a whole number among the attributes. Raises Problem roster.workbook_damaged."""
    text = element.get(f"{{{_SPREADSHEET}}}{name}")
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < minimum:
        raise Problem("roster.workbook_damaged")
    return int(text)
