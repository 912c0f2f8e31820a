"""The lists of a package: CSV, xlsx, DBF, and the hashes of the portraits."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from server.delivery import dbase
from server.delivery.fields import FIELDS, ID_NUMBER, Field
from server.delivery.models import Delivery, DeliveryItem, Receiver

CHSI_FIELDS: Final = ("yxdm", "xh", "ksh")
FILE_COLUMN: Final = "ZPWJ"
HASH_COLUMN: Final = "SHA256"
_FILE_WIDTH: Final = 254
_HASH_WIDTH: Final = 64
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Characters that spreadsheet programs read as the beginning of a formula (OWASP, CSV injection)."""
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class ListRow:
    """One portrait in the lists. `values` are by field name."""

    name: str
    sha256: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class UnfitValue:
    """A value that DBF cannot hold: outside GBK or too long."""

    row: int
    column: str
    value: str


def fields_of(delivery: Delivery) -> tuple[Field, ...]:
    if delivery.receiver == Receiver.CHSI.value:
        return tuple(field for field in FIELDS if field.name in CHSI_FIELDS)
    return tuple(field for field in FIELDS if field.name != ID_NUMBER or delivery.with_id_number)


def list_rows(items: Iterable[DeliveryItem]) -> Iterable[ListRow]:
    for item in items:
        row = item.row
        yield ListRow(row["name"], item.portrait_sha256, row["values"])


def hash_list(rows: Iterable[ListRow]) -> bytes:
    """Return the list that `sha256sum --check` reads."""
    return "".join(f"{row.sha256}  {row.name}\n" for row in rows).encode()


def columns_of(fields: Sequence[Field]) -> list[str]:
    return [*(field.column for field in fields), FILE_COLUMN, HASH_COLUMN]


def csv_list(fields: Sequence[Field], rows: Iterable[ListRow]) -> bytes:
    """Return the list in UTF-8 with a byte order mark, which Excel needs; no cell becomes a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns_of(fields))
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in _cells(fields, row)])
    return text.getvalue().encode("utf-8-sig")


def xlsx_list(fields: Sequence[Field], rows: Iterable[ListRow]) -> bytes:
    """Return the list as a workbook; every cell is text, so that no long number is rounded."""
    from openpyxl import Workbook  # here: no process needs it to start

    book = Workbook(write_only=True)
    sheet = book.create_sheet("portraits")
    sheet.freeze_panes = "A2"
    sheet.append(columns_of(fields))
    for row in rows:
        sheet.append([_text_cell(sheet, cell) for cell in _cells(fields, row)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def dbf_list(fields: Sequence[Field], rows: Iterable[ListRow], today: date) -> bytes:
    """Return the list as DBF; a value that does not fit is empty (see `unfit_values`)."""
    widths = _widths(fields)
    out = io.BytesIO()
    records = (
        {name: cell if dbase.fits(cell, widths[name]) else "" for name, cell in _record(fields, row).items()}
        for row in rows
    )
    dbase.write_dbase(out, widths, records, today)
    return out.getvalue()


def unfit_values(fields: Sequence[Field], rows: Iterable[ListRow]) -> list[UnfitValue]:
    """Return every value that is empty in the DBF list, by its row counted from 1."""
    widths = _widths(fields)
    return [
        UnfitValue(number, column, cell)
        for number, row in enumerate(rows, 1)
        for column, cell in _record(fields, row).items()
        if not dbase.fits(cell, widths[column])
    ]


def unfit_list(unfit: Iterable[UnfitValue]) -> bytes:
    """Return the list of the values that are empty in the DBF list."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["ROW", "COLUMN", "VALUE"])
    for one in unfit:
        writer.writerow([str(one.row), one.column, f"'{one.value}" if one.value.startswith(_FORMULA) else one.value])
    return text.getvalue().encode("utf-8-sig")


def _cells(fields: Sequence[Field], row: ListRow) -> list[str]:
    return [*(row.values.get(field.name, "") for field in fields), row.name, row.sha256]


def _record(fields: Sequence[Field], row: ListRow) -> dict[str, str]:
    return dict(zip(columns_of(fields), _cells(fields, row), strict=True))


def _widths(fields: Sequence[Field]) -> dict[str, int]:
    return {**{field.column: field.width for field in fields}, FILE_COLUMN: _FILE_WIDTH, HASH_COLUMN: _HASH_WIDTH}


def _text_cell(sheet: Any, value: str) -> Any:
    """Return a cell that is text: openpyxl turns a text that begins with `=` into a formula."""
    text = _NOT_IN_XML.sub(" ", value)
    if not text.startswith("="):
        return text
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell
