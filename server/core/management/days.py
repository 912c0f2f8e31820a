"""Days as arguments of commands."""

from __future__ import annotations

from datetime import date
from typing import Final

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2100


def day(text: str) -> date:
    """Parse a day such as 2026-05-04. argparse names this function in its message: "invalid day value". Raises
    ValueError, also for years that are mistyped and have no beginning or end in UTC."""
    parsed = date.fromisoformat(text)
    if not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        raise ValueError(text)
    return parsed
