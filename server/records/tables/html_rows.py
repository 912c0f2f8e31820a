"""The rows of an HTML table, with the cells that are merged over several rows or columns in their places."""

from __future__ import annotations

import re
from typing import Final

_MAX_ROWS: Final = 65534
_MAX_COLUMNS: Final = 1000
"""The limits of rowspan and colspan in the HTML standard."""


class HtmlRows:
    """Takes the cells in the order of the file.

    As in a workbook, a cell merged over several rows of one column (a class and its students) is copied into each of
    them; of a cell merged over several columns only the first one has the text. Otherwise, all cells to the right of a
    merged one would be in the columns of their neighbours.
    """

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.cell_count = 0
        self._covered: dict[int, tuple[int, str]] = {}
        """Columns of the current row that cells above cover: how many rows from this one on, and the text."""
        self._covered_next: dict[int, tuple[int, str]] = {}

    def begin_row(self) -> None:
        self.end_row()
        self.rows.append([])
        self._covered, self._covered_next = self._covered_next, {}

    def end_row(self) -> None:
        """Add the covered columns behind the last cell."""
        while self._covered:
            gap = min(self._covered) - len(self.rows[-1])
            self.rows[-1].extend([""] * gap)
            self.cell_count += gap
            self._add_covered()

    def add_cell(self, text: str, columns: int, rows: int) -> None:
        self._add_covered()
        row = self.rows[-1]
        if rows > 1:
            below = (rows - 1, text if columns == 1 else "")
            self._covered_next |= {place: below for place in range(len(row), len(row) + columns)}
        for place in range(len(row), len(row) + columns):  # a damaged table: two cells in one place
            self._covered.pop(place, None)
        row.extend([text, *[""] * (columns - 1)])
        self.cell_count += columns

    def _add_covered(self) -> None:
        row = self.rows[-1]
        while (covered := self._covered.pop(len(row), None)) is not None:
            count, text = covered
            if count > 1:
                self._covered_next.setdefault(len(row), (count - 1, text))
            row.append(text)
            self.cell_count += 1


def read_span(value: str | None, for_rows: bool) -> int:
    """Return the number of rows or columns of a cell. Browsers read the digits at the beginning, and take a rowspan of
    0 as all rows below.

    >>> read_span("2", True), read_span(None, False), read_span("x", True), read_span("0", False), read_span("0", True)
    (2, 1, 1, 1, 65534)
    """
    digits = re.match(r"\s*\+?([0-9]{1,9})", value or "")
    if digits is None:
        return 1
    count = int(digits[1])
    if for_rows:
        return min(count or _MAX_ROWS, _MAX_ROWS)
    return min(max(count, 1), _MAX_COLUMNS)
