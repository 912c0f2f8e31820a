"""The PDF of a sheet is small and contains its text as text, in the order and on the page where it is drawn."""

from __future__ import annotations

import io
from datetime import date

import pypdf
import pytest

from config.i18n import LANGUAGES
from kiosk.capture.report import fonts, sheet
from kiosk.capture.report.bitmap import render_bitmap
from kiosk.capture.report.fonts import typeface_for
from kiosk.capture.report.page import COLOURS, HEIGHT, LEFT, WIDTH, Page
from kiosk.capture.report.pdf_pages import PdfDocument
from tests.kiosk.capture.report.test_sheet import CHSI, make_report

pytestmark = pytest.mark.usefixtures("small_typeface")


def to_pdf(pages: list[Page], language: str = "en", leading_pages: int = 0) -> pypdf.PdfReader:
    document = PdfDocument(pages[0].typeface, "sheets", language, None, leading_pages)
    for page in pages:
        document.add(page)
    return pypdf.PdfReader(io.BytesIO(document.to_bytes()))


def without_spaces(text: str) -> str:
    return "".join(text.split())


def text_of(page: pypdf.PageObject) -> str:
    """Return the text without spaces, and without the zero bytes that pypdf, not Poppler or PDFium, adds to it."""
    return without_spaces(page.extract_text().replace("\0", ""))


def test_all_text_of_a_sheet_can_be_searched_and_copied() -> None:
    pages = sheet.draw_pages(make_report(hair_top=18.0), CHSI, "en", date(2026, 11, 22))
    pdf = to_pdf(pages)
    assert len(pdf.pages) == len(pages) == 2
    for drawn, page in zip(pdf.pages, pages, strict=True):
        pdf_text = text_of(drawn)
        for text, _ in page.text_boxes():
            assert without_spaces(text) in pdf_text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_glyph_has_its_character(language: str) -> None:
    """pypdf cannot read the two-byte codes of Chinese text, but it gives the table that other readers use."""
    pages = sheet.draw_pages(make_report(hair_top=18.0), CHSI, language)
    fonts_used = to_pdf(pages, language).pages[0]["/Resources"]["/Font"].values()
    tables = " ".join(font.get_object()["/ToUnicode"].get_data().decode().upper() for font in fonts_used)
    for character in {character for page in pages for text, _ in page.text_boxes() for character in text}:
        assert f"<{ord(character):04X}>" in tables


def test_an_english_sheet_without_chinese_letters_has_its_text_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "chinese_typeface", lambda: None)
    typeface_for.cache_clear()
    try:
        pages = sheet.draw_pages(make_report(), CHSI, "en")
    finally:
        typeface_for.cache_clear()
    assert "Portraitcheck" in text_of(to_pdf(pages).pages[0])


def test_a_sheet_is_a_quarter_of_its_pages_as_jpeg_or_less() -> None:
    """In earlier versions the pages were JPEG pictures of this quality."""
    pages = sheet.draw_pages(make_report(), CHSI, "zh_CN")
    document = PdfDocument(pages[0].typeface, "sheets", "zh_CN", None)
    pictures = 0
    for page in pages:
        document.add(page)
        file = io.BytesIO()
        render_bitmap(page).save(file, "JPEG", quality=92)
        pictures += len(file.getvalue())
    assert len(document.to_bytes()) < pictures / 4


def test_leading_pages_are_drawn_last_and_stand_first() -> None:
    """Styles set on the other pages must not affect the leading ones, nor be missing there."""
    typeface = typeface_for("en")
    first, second, overview = Page(typeface), Page(typeface), Page(typeface)
    for page, text in ((first, "One"), (second, "Two"), (overview, "Overview")):
        page.text((LEFT, 400), text, 36, bold=True)
        page.symbol((LEFT, 500), next(iter(COLOURS)), 36)
    document = PdfDocument(typeface, "sheets", "en", None, leading_pages=1)
    document.add(first)
    document.add(second)
    document.draw_leading(0, overview)
    pages = pypdf.PdfReader(io.BytesIO(document.to_bytes())).pages
    assert [text_of(page) for page in pages] == ["Overview", "One", "Two"]
    fonts_used = [set(page["/Resources"]["/Font"]) for page in pages]
    assert fonts_used[0] == fonts_used[1]


def test_the_page_is_a4_and_the_file_names_its_title_language_and_date() -> None:
    pages = sheet.draw_pages(make_report(), CHSI, "zh_CN")
    document = PdfDocument(pages[0].typeface, "检查单", "zh_CN", date(2026, 11, 22))
    document.add(pages[0])
    pdf = pypdf.PdfReader(io.BytesIO(document.to_bytes()))
    assert (pdf.pages[0].mediabox.width, pdf.pages[0].mediabox.height) == pytest.approx((595.2, 841.92), abs=0.1)
    assert pytest.approx(210 / 297, abs=1e-3) == WIDTH / HEIGHT
    assert pdf.metadata is not None
    assert pdf.metadata.title == "检查单"
    assert pdf.metadata.creation_date is not None
    assert pdf.metadata.creation_date.date() == date(2026, 11, 22)
    assert pdf.trailer["/Root"]["/Lang"] == "zh-CN"


def test_only_the_glyphs_in_use_are_embedded() -> None:
    page = Page(typeface_for("zh_CN"))
    page.text((LEFT, 400), "正冠", 36)
    document = PdfDocument(page.typeface, "sheets", "zh_CN", None)
    document.add(page)
    assert len(document.to_bytes()) < 20_000
