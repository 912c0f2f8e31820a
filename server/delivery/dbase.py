"""Tables as dBase III reads them: character fields in GBK, which school systems import.

A value that GBK cannot hold or that is too long is never cut or written with `?`: the caller lists it and
leaves it empty.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from datetime import date
from typing import BinaryIO, Final

ENCODING: Final = "gbk"
_VERSION: Final = 3
_CODE_PAGE: Final = 0x4D
"""The language driver of GBK (cp936) in the header, offset 29."""
_HEADER: Final = struct.Struct("<4BIHH17xBxx")
_FIELD: Final = struct.Struct("<11sc4xBB14x")
_MAX_WIDTH: Final = 254


def fits(value: str, width: int) -> bool:
    """Whether the field can hold the value completely.

    >>> fits("王小明", 6), fits("王小明", 5), fits("王\U00020bb7", 20)
    (True, False, False)
    """
    try:
        return len(value.encode(ENCODING)) <= width and "\0" not in value
    except UnicodeEncodeError:
        return False


def write_dbase(file: BinaryIO, widths: Mapping[str, int], rows: Iterable[Mapping[str, str]], today: date) -> int:
    """Write the rows and return how many. `widths`: column name (at most 10 ASCII letters) to bytes. Raises ValueError
    for a value that does not fit."""
    if any(len(name.encode("ascii")) > 10 or not 0 < width <= _MAX_WIDTH for name, width in widths.items()):
        raise ValueError("a column name has at most 10 letters, a column at most 254 bytes")
    header_size, count = _HEADER.size + _FIELD.size * len(widths) + 1, 0
    file.write(b"\0" * header_size)
    for row in rows:
        file.write(b" " + b"".join(_cell(name, width, row.get(name, "")) for name, width in widths.items()))
        count += 1
    file.write(b"\x1a")
    file.seek(0)
    record_size = 1 + sum(widths.values())
    year = today.year - 1900
    file.write(_HEADER.pack(_VERSION, year, today.month, today.day, count, header_size, record_size, _CODE_PAGE))
    for name, width in widths.items():
        file.write(_FIELD.pack(name.encode("ascii"), b"C", width, 0))
    file.write(b"\r")
    return count


def _cell(name: str, width: int, value: str) -> bytes:
    if not fits(value, width):
        raise ValueError(f"{name} has {width} bytes and cannot hold a value of {len(value)} characters")
    return value.encode(ENCODING).ljust(width)
