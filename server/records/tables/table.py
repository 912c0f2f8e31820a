"""A table read from a file: sheets of lines of cells, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """One line; `number` counts from 1 as the spreadsheet program shows it. `damaged_cells` maps a cell's position to
    how the program changed it: "cut" (more digits than it keeps) or "date" (interpreted as a date)."""

    number: int
    cells: Sequence[str] = field(repr=False)
    damaged_cells: Mapping[int, str] = field(default_factory=dict, repr=False)

    def cell(self, place: int) -> str:
        return self.cells[place] if place < len(self.cells) else ""

    @property
    def is_empty(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True)
class Sheet:
    """`is_complete` is false if the last line of a text file has no line end: the file may be truncated."""

    name: str
    lines: tuple[Line, ...] = field(repr=False)
    visible: bool = True
    is_complete: bool = True
    encoding: str = ""
