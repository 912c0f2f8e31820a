"""Read workbooks (.xlsx, .xlsb, .xls, .ods) in a child process with resource limits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from server.records.tables.table import Line, Sheet

_CHILD: Final = Path(__file__).with_name("workbook_child.py")
_TIMEOUT_S: Final = 300.0  # seconds; on an idle machine the child's own limit of processor time ends it much earlier
_OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGIC: Final = b"PK\x03\x04"
_ENCRYPTED_MARK: Final = "EncryptedPackage".encode("utf-16-le")
_OLD_EXCEL_MAGIC: Final = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00")


def is_workbook(content: bytes) -> bool:
    return content.startswith((_OLE_MAGIC, _ZIP_MAGIC, *_OLD_EXCEL_MAGIC))


def read_workbook(content: bytes) -> tuple[Sheet, ...]:
    """Return the sheets of a file. Raises Problem: roster.workbook_locked, _damaged, _large, _other (not a table)."""
    if content.startswith(_OLE_MAGIC) and _ENCRYPTED_MARK in content:
        raise Problem("roster.workbook_locked")
    if content.startswith(_ZIP_MAGIC) and not _contains_table(content):
        raise Problem("roster.workbook_other")
    output = _run_child(content)
    if "error" in output:
        raise Problem(f"roster.workbook_{output['error']}")
    return tuple(_parse_sheet(facts) for facts in output["sheets"])


def _contains_table(content: bytes) -> bool:
    """Check the file names in the zip, which are readable: Excel stores its parts in xl/, OpenDocument names its
    type."""
    return b"xl/" in content or b"opendocument.spreadsheet" in content or b"content.xml" in content


def _run_child(content: bytes) -> Any:
    """Return the child's output. If its limits ended it, the file expands beyond them."""
    try:
        child = subprocess.run(
            [sys.executable, "-I", str(_CHILD)], input=content, capture_output=True, timeout=_TIMEOUT_S, check=False
        )
        return json.loads(child.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {"error": "large"}


def _parse_sheet(facts: Any) -> Sheet:
    lines = tuple(
        Line(number, tuple(cells), {int(place): damage for place, damage in damaged.items()})
        for number, cells, damaged in facts["lines"]
    )
    return Sheet(facts["name"], lines, visible=facts["visible"])
