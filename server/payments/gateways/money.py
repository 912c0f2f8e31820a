"""Amounts in the gateways' texts: yuan with two decimals there, integer fen here, never a float."""

from __future__ import annotations

import re
from typing import Final

_YUAN: Final = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2}))?")


def fen_of(yuan: str) -> int:
    """Return fen. Raises ValueError for anything but a plain amount without a sign.

    >>> fen_of("15"), fen_of("15.5"), fen_of("0.01")
    (1500, 1550, 1)
    """
    match = _YUAN.fullmatch(yuan)
    if match is None:
        raise ValueError("not an amount in yuan")
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def yuan_of(fen: int) -> str:
    """Return yuan with two decimals.

    >>> yuan_of(1550)
    '15.50'
    """
    return f"{fen // 100}.{fen % 100:02d}"
