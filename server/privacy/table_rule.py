"""How the erasure treats one table: which rows are about a student, and what happens to each column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from server.delivery.models import encrypt_row
from server.records.id_number_protection import encrypt_number
from server.records.identifiers import new_token


class Fresh(StrEnum):
    """A value that is made for each row, so that equal values do not connect erased rows."""

    TOKEN = "token"
    """A secret of 128 bits, so that a link with the earlier value opens no page."""
    FOUR = "four"
    """Four random characters: an empty value would match an empty entry."""
    HASH = "hash"
    """Text in place of a hash, so that two erased rows are not taken for the same person."""
    NUMBER = "number"
    """The encrypted empty number: the checks of the keys still decrypt it."""
    ROW = "row"
    """The encrypted empty row of a delivery."""

    def new_value(self) -> str:
        if self is Fresh.NUMBER:
            return encrypt_number("")
        if self is Fresh.ROW:
            return encrypt_row("", {})
        return new_token()[:4] if self is Fresh.FOUR else new_token()


@dataclass(frozen=True)
class TableRule:
    """The treatment of the rows of a model that are about an erased student.

    `student` is the lookup from a row to its student; "": no row is about one student. `deletes`: the rows are deleted.
    `empties`: column to the value that replaces it, a constant or Fresh. `keeps`: names of the columns that stay, with
    the reason in `why`. `until_tax_end`: columns that stay as long as receipts must be kept, then get this value.
    """

    why: str
    keeps: str = ""
    student: str = ""
    deletes: bool = False
    empties: Mapping[str, Any] = field(default_factory=dict)
    until_tax_end: Mapping[str, Any] = field(default_factory=dict)

    def columns(self) -> set[str]:
        return {*self.keeps.split(), *self.empties, *self.until_tax_end}
