"""Amounts of money: integers in fen, 1/100 of a yuan, written as yuan."""

from __future__ import annotations


def format_yuan(fen: int) -> str:
    """Return an amount as a screen shows it.

    >>> format_yuan(3000), format_yuan(5), format_yuan(-123456)
    ('¥30.00', '¥0.05', '-¥1,234.56')
    """
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02}"
