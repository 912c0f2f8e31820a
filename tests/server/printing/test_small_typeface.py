"""A sheet with the tests' small typeface has the same bytes as one with the whole typeface."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk.capture.report.fonts import Typeface, chinese_typeface
from kiosk.capture.report.page import Page
from kiosk.capture.report.pdf_pages import PdfDocument
from tests.small_typeface import RARE, reduced_typeface

TEXT = f"王小明 示范大学（虚构） {RARE} AVATAR To fi 20220001 “重印 / reprint”，→ ≥ 35 mm"


def sheet(typeface: Typeface) -> bytes:
    document = PdfDocument(typeface, "title", "zh_CN", date(2026, 1, 1))
    page = Page(typeface)
    for row, size in enumerate((24, 41, 60)):
        page.text((100, 200 + 200 * row), TEXT, size)
        page.text((100, 300 + 200 * row), TEXT, size, bold=True)
    document.add(page)
    return document.to_bytes()


@pytest.mark.skipif(chinese_typeface() is None, reason="no typeface with Chinese here (fonts-noto-cjk)")
def test_the_small_typeface_draws_the_same_bytes() -> None:
    whole = chinese_typeface()
    assert whole is not None
    small = reduced_typeface(whole)
    assert small.has_glyph("印")
    assert not small.has_glyph("鱻"), "control"
    assert whole.has_glyph("鱻")
    assert sheet(small) == sheet(whole)
