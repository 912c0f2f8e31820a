"""Lists that leave the server, as CSV or as a workbook. No cell becomes a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.http import HttpResponse

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Characters that spreadsheet programs read as the beginning of a formula (OWASP, CSV injection)."""
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def csv_bytes(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return the list in UTF-8 with a byte order mark, which Excel needs."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in (titles, *rows):
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")


def xlsx_bytes(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return the list as a workbook whose cells are all text."""
    from openpyxl import Workbook  # here: no process needs it to start

    book = Workbook(write_only=True)
    sheet = book.create_sheet("list")
    sheet.freeze_panes = "A2"
    for row in (titles, *rows):
        sheet.append([_text(sheet, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def download(name: str, form: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    """Return the response with the file `name`; `form` is csv or xlsx."""
    if form == "xlsx":
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        content = xlsx_bytes(titles, rows)
    else:
        kind, content = "text/csv; charset=utf-8", csv_bytes(titles, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)


def _text(sheet: Any, value: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, _NOT_IN_XML.sub(" ", value))
    cell.data_type = "s"
    return cell
