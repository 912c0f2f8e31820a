"""Tables as an Excel workbook, one sheet each. openpyxl is imported when it is used: no process needs it to start."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from config.i18n import translations
from server.day.tables import Cell, Money, Table

if TYPE_CHECKING:
    from openpyxl.styles import Font

_WIDTH: Final = 13
_NOT_IN_SHEET_NAMES: Final = re.compile(r"[\[\]:*?/\\]")
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_YUAN: Final = '"¥"#,##0.00;-"¥"#,##0.00'


def workbook_of(tables: Sequence[Table], language: str) -> bytes:
    """Return the .xlsx file. Text stays text: no cell is a formula, whatever a roster contains. Amounts are numbers of
    yuan, so that a sheet can add them."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    tr, bold = translations(language), Font(bold=True)
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(_NOT_IN_SHEET_NAMES.sub(" ", tr.translate(table.title))[:31])
        sheet.freeze_panes = "A2"
        for place, column in enumerate(table.columns, 1):
            sheet.column_dimensions[get_column_letter(place)].width = _WIDTH * column.width
        sheet.append([_cell(sheet, column.label(tr), bold, column.number) for column in table.columns])
        for row in table.rows:
            sheet.append([_cell(sheet, value) for value in row])
        if table.total:
            sheet.append([_cell(sheet, value, bold) for value in table.total])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Cell, font: Font | None = None, to_the_right: bool = False) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, _NOT_IN_XML.sub(" ", value))
        cell.data_type = "s"
    elif isinstance(value, Money):
        # Written as decimal digits, because openpyxl would convert a number to a binary fraction.
        cell = WriteOnlyCell(sheet, str(Decimal(value.fen).scaleb(-2)))
        cell.data_type, cell.number_format = "n", _YUAN
    else:
        cell = WriteOnlyCell(sheet, value)
    if font is not None:
        cell.font = font
    if to_the_right:
        cell.alignment = Alignment(horizontal="right")
    return cell
