"""Child process: read a workbook from standard input, and write its sheets to standard output as JSON.

The file is untrusted and the library is native, so reading happens in a separate process with limits of memory and
processor time: a workbook that expands to gigabytes ends only this process. It imports none of our packages.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

MAX_MEMORY_BYTES = 1 << 30
MAX_CPU_S = 60
MAX_ROWS = 200_000
MAX_COLUMNS = 400
MAX_CHARACTERS = 2000
MAX_EXACT_NUMBER = 10**15  # a number cell is a double; Excel keeps 15 of its digits


def set_limits() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent's timeout works there too
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cell_text(value: Any) -> tuple[str, str]:
    """Return the cell as text, and its damage: "cut" (more digits than Excel keeps), "date", or ""."""
    if isinstance(value, str):
        return value[:MAX_CHARACTERS], ""
    if isinstance(value, bool):
        return str(value).upper(), ""
    if isinstance(value, (int, float)):
        if value != value or value in (float("inf"), float("-inf")):
            return "", ""
        text = str(int(value)) if value == int(value) else repr(value)
        return text, "cut" if abs(value) >= MAX_EXACT_NUMBER else ""
    if isinstance(value, (date, datetime, time, timedelta)):
        return str(value), "date"
    return str(value)[:MAX_CHARACTERS], ""


def fill_merged(rows: list[list[Any]], ranges: Any) -> None:
    """Copy a cell merged over several rows of one column (a class and its students) into each of them."""
    for (top, left), (bottom, right) in ranges or ():
        if left != right or top >= len(rows) or bottom - top > MAX_ROWS:
            continue
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row) and left < len(rows[top]) and row[left] == "":
                row[left] = rows[top][left]


def read_sheet(sheet: Any, visible: bool) -> dict[str, Any]:
    raw: list[list[Any]] = []
    filled = 0
    for row in sheet.iter_rows():
        values = row[:MAX_COLUMNS]
        while values and values[-1] == "":
            values.pop()
        filled += bool(values)
        if filled > MAX_ROWS:
            raise OverflowError
        raw.append(values)
    while raw and not raw[-1]:
        raw.pop()
    width = max(map(len, raw), default=0)
    for values in raw:
        values.extend([""] * (width - len(values)))
    fill_merged(raw, sheet.merged_cell_ranges)
    lines = []
    for number, values in enumerate(raw, 1):
        cells = [cell_text(value) for value in values]
        if any(text for text, _ in cells):
            damaged = {str(at): damage for at, (_, damage) in enumerate(cells) if damage}
            lines.append([number, [text for text, _ in cells], damaged])
    return {"name": sheet.name, "visible": visible, "lines": lines}


def read_workbook(content: bytes) -> dict[str, Any]:
    import python_calamine

    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
        sheets = []
        for facts in book.sheets_metadata:
            if facts.typ == python_calamine.SheetTypeEnum.WorkSheet:
                visible = facts.visible == python_calamine.SheetVisibleEnum.Visible
                sheets.append(read_sheet(book.get_sheet_by_name(facts.name), visible))
        return {"sheets": sheets}
    except python_calamine.PasswordError:
        return {"error": "locked"}
    except (MemoryError, OverflowError):
        return {"error": "large"}
    except Exception as error:  # any failure of the library means an unreadable file
        return {"error": "damaged", "why": str(error)[:200]}


if __name__ == "__main__":
    set_limits()
    json.dump(read_workbook(sys.stdin.buffer.read()), sys.stdout)
