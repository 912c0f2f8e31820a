"""Days that a person types in a form or as the argument of a command."""

from __future__ import annotations

from datetime import date
from typing import Final

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2100


def is_plausible(day: date) -> bool:
    """Return whether the year is not mistyped. Some days outside have no beginning or end in UTC."""
    return _FIRST_YEAR <= day.year <= _LAST_YEAR


def day(text: str) -> date:
    """Parse a day such as 2026-05-04. Raises ValueError, also for a day that is not plausible; argparse then names this
    function in its message: "invalid day value"."""
    parsed = date.fromisoformat(text)
    if not is_plausible(parsed):
        raise ValueError(text)
    return parsed
