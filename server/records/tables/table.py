"""A table out of a file: sheets of lines of cells, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """One line; `number` counts from 1 as the table program shows it. `damaged_cells` says of a cell's place what the
    program did to it: "cut" (a number of more digits than it keeps) or "date" (it took something for a date)."""

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
    """`is_complete` is false where the last line of a text file has no line end: the file may have been cut off."""

    name: str
    lines: tuple[Line, ...] = field(repr=False)
    visible: bool = True
    is_complete: bool = True
    encoding: str = ""
