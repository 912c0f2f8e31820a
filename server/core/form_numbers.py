"""Numbers in forms, queries and headers."""

from __future__ import annotations


def whole_number(text: str, otherwise: int, digits: int = 17) -> int:
    """Return the number that `text` has in at most this many ASCII `digits`, and `otherwise` for any other text.

    int() alone also reads the digits of other scripts, and fails with thousands of digits.

    >>> whole_number("12", 0), whole_number("-1", 0), whole_number("9" * 5000, 0), whole_number("\\u0661", 0)
    (12, 0, 0, 0)
    """
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else otherwise
