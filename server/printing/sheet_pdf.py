"""Sheets of photos as PDF: of the paper's size, in sRGB with the profile as output intent, with text as vectors."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from config.settings.print_sheets import Cell, SheetLayout
from kiosk.capture.report.fonts import Typeface, typeface_for
from server.printing.photos import Photo
from server.records.models import Campaign, Student

if TYPE_CHECKING:
    from fpdf import FPDF

_FAMILY: Final = "sheet"
_POINTS_PER_MM: Final = 72 / 25.4
_MARK_MM: Final = 2.0
"""Length of a cutting mark; shorter where the gap is smaller, so that none touches a photo."""
_MARK_WEIGHT_MM: Final = 0.1
_MAX_TEXT_MM: Final = 3.2
_LINES: Final = 2
"""Name, and number with the mark of a reprint."""
_LABEL_PADDING_MM: Final = 5.0  # printers miss the edge of a label by a millimetre or two
_LABEL_TOP_MM: Final = 2.5


def draw_photo_sheets(layout: SheetLayout, photos: Sequence[Photo], language: str) -> bytes:
    """Return the sheets: one for each student, or the class in order. Raises Problem (sheet.no_font)."""
    typeface = typeface_for(language)
    pdf = new_document(layout.paper, typeface, language)
    for page in _pages(layout, photos):
        pdf.add_page()
        for cell, photo in zip(layout.cells(), page, strict=False):
            pdf.image(io.BytesIO(photo.jpeg), cell.x, cell.y, cell.width, cell.height)
            if layout.cutting_lines:
                _draw_marks(pdf, layout, cell)
            if layout.caption:
                _draw_caption(pdf, layout, cell, _caption(photo, typeface, language))
    return bytes(pdf.output())


def draw_labels(layout: SheetLayout, campaign: Campaign, students: Iterable[Student], language: str) -> bytes:
    """Return the labels: name, class and number, school and campaign. Raises Problem (sheet.no_font)."""
    typeface = typeface_for(language)
    pdf = new_document(layout.paper, typeface, language)
    rows = list(students)
    for begin in range(0, len(rows), layout.places):
        pdf.add_page()
        for cell, student in zip(layout.cells(), rows[begin : begin + layout.places], strict=False):
            _draw_label(pdf, cell, campaign, student, typeface)
    return bytes(pdf.output())


def new_document(paper: tuple[float, float], typeface: Typeface, language: str) -> FPDF:
    from fpdf import FPDF  # the import takes a second
    from fpdf.enums import OutputIntentSubType
    from fpdf.output import PDFICCProfile
    from fpdf.util import builtin_srgb2014_bytes

    pdf = FPDF(unit="mm", format=paper)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_lang(language.replace("_", "-"))
    for style, (path, index) in (("", typeface.regular), ("B", typeface.bold)):
        pdf.add_font(_FAMILY, style, path, collection_font_number=index)
    pdf.add_output_intent(
        OutputIntentSubType.PDFA,
        output_condition_identifier="sRGB",
        output_condition="IEC 61966-2-1:1999",
        registry_name="http://www.color.org",
        dest_output_profile=PDFICCProfile(builtin_srgb2014_bytes(), 3, "DeviceRGB"),
    )
    return pdf


def unprintable(students: Iterable[Student], language: str) -> list[str]:
    """Return the names with characters that the typeface lacks, for people to write by hand."""
    typeface = typeface_for(language)
    return [student.name for student in students if not all(map(typeface.has_glyph, student.name))]


def _pages(layout: SheetLayout, photos: Sequence[Photo]) -> list[list[Photo]]:
    if layout.kind == "student":
        return [[photo] * layout.places for photo in photos]
    return [list(photos[begin : begin + layout.places]) for begin in range(0, len(photos), layout.places)]


def _draw_marks(pdf: FPDF, layout: SheetLayout, cell: Cell) -> None:
    """Draw two marks outwards at each corner."""
    pdf.set_draw_color(120)
    pdf.set_line_width(_MARK_WEIGHT_MM)
    across = _mark_length(layout.gap[0] if layout.columns > 1 else layout.margin, layout.margin)
    down = _mark_length(layout.gap[1] if layout.rows > 1 else layout.margin, layout.margin)
    right, bottom = cell.x + cell.width, cell.y + cell.height
    for y in (cell.y, bottom):
        pdf.line(cell.x - across, y, cell.x, y)
        pdf.line(right, y, right + across, y)
    for x in (cell.x, right):
        pdf.line(x, cell.y - down, x, cell.y)
        if not layout.caption:
            pdf.line(x, bottom, x, bottom + down)


def _mark_length(gap: float, margin: float) -> float:
    return min(_MARK_MM, gap / 2, margin)


def _caption(photo: Photo, typeface: Typeface, language: str) -> tuple[str, str]:
    """Return the name, and the number; a reprint is marked in both languages, whoever receives the paper."""
    student = photo.student
    number = student.student_no or student.candidate_no
    mark = "重印 / reprint" if photo.is_reprint else ""
    name = typeface.replace_missing_glyphs(student.name)
    return name, " ".join(part for part in (number, mark) if part)


def _draw_caption(pdf: FPDF, layout: SheetLayout, cell: Cell, lines: tuple[str, str]) -> None:
    height = min(layout.caption / (1.2 * _LINES), _MAX_TEXT_MM)
    for place, (text, style) in enumerate(zip(lines, ("B", ""), strict=True)):
        _draw_centred(pdf, text, style, cell, cell.y + cell.height + height * (1.05 + 1.15 * place), height)


def _draw_label(pdf: FPDF, cell: Cell, campaign: Campaign, student: Student, typeface: Typeface) -> None:
    number = student.student_no or student.candidate_no
    rows = (
        (student.name, "B", 5.5),
        (student.class_name, "", 3.6),
        (number, "", 3.6),
        (campaign.school.name, "", 3.2),
        (campaign.title, "", 3.2),
    )
    inside = cell.model_copy(update={"x": cell.x + _LABEL_PADDING_MM, "width": cell.width - 2 * _LABEL_PADDING_MM})
    y = cell.y + _LABEL_TOP_MM
    for text, style, height in rows:
        y += height * 1.1
        _draw_centred(pdf, typeface.replace_missing_glyphs(text), style, inside, y, height)
        y += height * 0.5


def _draw_centred(pdf: FPDF, text: str, style: str, cell: Cell, baseline: float, height: float) -> None:
    """Draw one line in the middle of the cell; a long one is set narrower, never cut."""
    pdf.set_font(_FAMILY, style, height * _POINTS_PER_MM)
    pdf.set_text_color(0)
    pdf.set_stretching(100)
    width = pdf.get_string_width(text)
    if width > cell.width:
        pdf.set_stretching(100 * cell.width / width)
        width = cell.width
    pdf.text(cell.x + (cell.width - width) / 2, baseline, text)
    pdf.set_stretching(100)
