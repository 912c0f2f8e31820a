"""An empty workbook with the columns of a roster, for schools that have no list yet."""

from __future__ import annotations

import io
from typing import Final

from config.i18n import translations
from server.records.roster_import.columns import COLUMNS

_TEXT_ROWS: Final = 2000
_WIDTHS: Final = {"name": 14, "number": 24, "document_type": 16, "student_no": 18, "candidate_no": 20}


def roster_template(language: str) -> bytes:
    """Return the workbook (.xlsx). All cells are text: Excel would cut ID numbers and remove leading zeros."""
    from openpyxl import Workbook  # imported here: no process needs it to start
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = translations(language).translate("clerk.template_sheet")
    for place, (column, names) in enumerate(COLUMNS.items(), 1):
        head = sheet.cell(1, place, names[0] if language == "zh_CN" else _english_name(names))
        head.font = Font(bold=True)
        sheet.column_dimensions[head.column_letter].width = _WIDTHS.get(column, 18)
        for row in range(2, _TEXT_ROWS + 2):
            sheet.cell(row, place).number_format = "@"
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _english_name(names: tuple[str, ...]) -> str:
    """Return the first recognized name that is a word and no abbreviation."""
    return next(name for name in names if name.isascii() and len(name) > 3)
