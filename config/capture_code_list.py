"""A list that assigns capture codes to students, from a school that can decrypt 采集码 elsewhere.

The list is a table (CSV, UTF-8 or GB 18030) with a column of codes (采集码, or `sha256` of their UTF-8 bytes), one of
student numbers (学号) and, for a number in several campaigns, one of campaign codes (特征码).
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from typing import Final

from config.errors import Problem

_COLUMNS: Final = {
    "code": ("采集码", "code", "payload"),
    "sha256": ("sha256", "采集码sha256"),
    "student_no": ("学号", "student number", "student_no"),
    "campaign": ("特征码", "campaign"),
}
_HASH: Final = re.compile(r"[0-9a-f]{64}")
Bindings = dict[str, tuple[str, str]]
"""sha256 of a code's payload -> student number, campaign ("": the campaign that expects the student)."""


def payload_hash(payload: str) -> str:
    """Return the form of a hash that the list may contain instead of a code."""
    return hashlib.sha256(payload.strip().encode("utf-8")).hexdigest()


def parse_bindings(raw: bytes, file_name: str) -> Bindings:
    """Parse a CSV file. Raises Problem: code.list_unreadable, or code.list_row with the wrong line and the reason."""
    rows = csv.DictReader(_decode(raw, file_name).splitlines())
    try:
        return _parse_rows(rows, file_name)
    except csv.Error as error:
        raise Problem("code.list_unreadable", file=file_name, why=str(error)) from error


def _parse_rows(rows: csv.DictReader[str], file_name: str) -> Bindings:
    names = {_column_for(name): name for name in rows.fieldnames or () if _column_for(name)}
    if "student_no" not in names or not {"code", "sha256"} & names.keys():
        raise Problem("code.list_unreadable", file=file_name, why="采集码, 学号 ?")
    bindings: Bindings = {}
    for line, row in enumerate(rows, start=2):
        cells = {column: (row[name] or "").strip() for column, name in names.items()}
        for code, student in _binding(cells, line):
            if bindings.setdefault(code, student) != student:
                raise Problem("code.list_row", line=line, why="采集码")
    return bindings


def _binding(cells: dict[str, str], line: int) -> Iterator[tuple[str, tuple[str, str]]]:
    if not any(cells.values()):
        return
    code = cells.get("sha256", "").lower() or payload_hash(cells.get("code", ""))
    if not (cells.get("code") or cells.get("sha256")) or not _HASH.fullmatch(code):
        raise Problem("code.list_row", line=line, why="采集码")
    if not cells["student_no"]:
        raise Problem("code.list_row", line=line, why="学号")
    yield code, (cells["student_no"], cells.get("campaign", ""))


def _decode(raw: bytes, file_name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # Excel in China saves the second encoding
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Problem("code.list_unreadable", file=file_name, why="UTF-8, GB 18030 ?")


def _column_for(heading: str | None) -> str:
    tidy = (heading or "").strip().lower()
    return next((column for column, names in _COLUMNS.items() if tidy in names), "")
