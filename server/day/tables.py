"""Tables of the report: the same ones are drawn in the PDF and written to the workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.i18n import Translations
from config.money import format_yuan


@dataclass(frozen=True)
class Money:
    """An amount in fen: text on paper, a number in a workbook."""

    fen: int

    def __str__(self) -> str:
        return format_yuan(self.fen)


Cell = str | int | Money


@dataclass(frozen=True)
class Column:
    """`title` is a message id; `width` is relative to the other columns. Numbers are aligned to the right."""

    title: str
    width: float = 1.0
    number: bool = False

    def label(self, tr: Translations) -> str:
        """Return the title with a capital letter; some messages are also used inside sentences."""
        text = tr.translate(self.title)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Table:
    """`title` is a message id. `total` is a last line, `note` a sentence below. An empty table has a sentence instead,
    `empty` (a message id)."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    total: tuple[Cell, ...] = ()
    note: str = ""
    empty: str = "day.report.nothing"
