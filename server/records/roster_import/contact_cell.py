"""Parse a phone number or an e-mail address in one line of a roster."""

from __future__ import annotations

from typing import Final

from config.errors import Problem
from server.notices.addresses import normalize_email, normalize_phone
from server.records.roster_import.number_cell import strip_formula

_NORMALIZE: Final = {"phone": normalize_phone, "email": normalize_email}


def parse_contact(column: str, cell: str, damage: str) -> str | None:
    """Return the address in its stored form, "" for an empty cell, None if it is not valid."""
    if damage:
        return None
    try:
        return _NORMALIZE[column](strip_formula(cell))
    except Problem:
        return None
