"""Pages as PDF: text that can be searched and copied, vectors, and pictures as JPEG."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from PIL import Image

from kiosk.capture.report.fonts import Typeface
from kiosk.capture.report.page import (
    DPI,
    HEIGHT,
    WIDTH,
    BoxMark,
    Colour,
    LineMark,
    Mark,
    Page,
    PictureMark,
    PolygonMark,
    SymbolMark,
    TextMark,
    TintMark,
)
from kiosk.capture.report.symbols import SHAPES, Diamond, Disc, RoundedSquare, Shape, Stroke

if TYPE_CHECKING:
    from fpdf import FPDF

_POINTS_PER_PX: Final = 72 / DPI
_FAMILY: Final = "sheet"
_PICTURE_QUALITY: Final = 90
_NO_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)  # a PDF needs one; the same sheets give the same bytes


class PdfDocument:
    """A PDF to which pages are added. The first `leading_pages` are empty until `draw_leading` draws them.

    It holds the text and the compressed pictures of all pages, and only the glyphs in use of the typeface.
    """

    def __init__(
        self, typeface: Typeface, title: str, language: str, drawn_on: date | None, leading_pages: int = 0
    ) -> None:
        from fpdf import FPDF  # takes a second to import, and only sheets need it

        self._typeface = typeface
        self._pdf = FPDF(unit=_POINTS_PER_PX, format=(WIDTH, HEIGHT))
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.set_title(title)
        self._pdf.set_lang(language.replace("_", "-"))
        created = _NO_DATE if drawn_on is None else datetime(drawn_on.year, drawn_on.month, drawn_on.day, tzinfo=UTC)
        self._pdf.set_creation_date(created)
        for style, (path, index) in (("", typeface.regular), ("B", typeface.bold)):
            self._pdf.add_font(_FAMILY, style, path, collection_font_number=index)
        for _ in range(leading_pages):
            self._pdf.add_page()

    def add(self, page: Page) -> None:
        """Append a page."""
        self._pdf.add_page()
        self._draw_page(page)

    def draw_leading(self, number: int, page: Page) -> None:
        """Draw onto one of the leading pages; the first is 0."""
        self._pdf.page = number + 1
        # fpdf keeps the font and colour of the last page, but this page has neither yet.
        self._pdf.set_font(_FAMILY, "", 1)
        self._pdf.set_fill_color(0)
        self._draw_page(page)

    def to_bytes(self) -> bytes:
        return bytes(self._pdf.output())

    def _draw_page(self, page: Page) -> None:
        for mark in page.marks:
            _draw(self._pdf, mark, self._typeface)
        self._pdf.set_stretching(100)


def _draw(pdf: FPDF, mark: Mark, typeface: Typeface) -> None:
    match mark:
        case TextMark():
            _draw_text(pdf, mark, typeface)
        case BoxMark():
            _draw_box(pdf, mark)
        case TintMark():
            left, top, right, bottom = mark.box
            with pdf.local_context(fill_opacity=mark.opacity):
                pdf.set_fill_color(*mark.fill)
                pdf.rect(left, top, right - left, bottom - top, style="F")
        case LineMark():
            _set_pen(pdf, mark.fill, mark.weight)
            pdf.line(*mark.start, *mark.end)
        case PolygonMark():
            pdf.set_fill_color(*mark.fill)
            pdf.polygon(list(mark.corners), style="F")
        case PictureMark():
            pdf.image(_encode_picture(mark.image), *mark.at, mark.image.width, mark.image.height)
        case SymbolMark():
            corner = (mark.middle[0] - mark.size / 2, mark.middle[1] - mark.size / 2)
            for shape in SHAPES[mark.outcome]:
                _draw_shape(pdf, shape, corner, mark.size)


def _draw_text(pdf: FPDF, mark: TextMark, typeface: Typeface) -> None:
    """Draw text in the width of the layout, whose font is hinted and kerned, unlike that of the PDF."""
    font = typeface.font(mark.size, mark.bold)
    width = font.getlength(mark.text)
    ascent, descent = font.getmetrics()
    x = mark.at[0] - {"l": 0.0, "m": width / 2, "r": width}[mark.anchor[0]]
    y = mark.at[1] + {"s": 0.0, "m": (ascent - descent) / 2}[mark.anchor[1]]
    pdf.set_font(_FAMILY, "B" if mark.bold else "", mark.size * _POINTS_PER_PX)
    pdf.set_stretching(100)
    own_width = pdf.get_string_width(mark.text)
    pdf.set_stretching(100 * width / own_width if own_width else 100)
    pdf.set_text_color(*mark.fill)
    pdf.text(x, y, mark.text)


def _draw_box(pdf: FPDF, mark: BoxMark) -> None:
    left, top, right, bottom = mark.box
    if mark.fill is not None:
        pdf.set_fill_color(*mark.fill)
        pdf.rect(left, top, right - left, bottom - top, style="F")
    if mark.outline is not None:
        _set_pen(pdf, mark.outline, mark.weight)
        inset = mark.weight / 2
        pdf.rect(left + inset, top + inset, right - left - mark.weight, bottom - top - mark.weight, style="D")


def _draw_shape(pdf: FPDF, shape: Shape, corner: tuple[float, float], size: float) -> None:
    left, top = corner
    if not isinstance(shape, Stroke):
        pdf.set_fill_color(*shape.colour)
    match shape:
        case Disc() if shape.ring_weight:
            inset = shape.ring_weight / 2
            _set_pen(pdf, shape.colour, shape.ring_weight * size)
            x0, y0, x1, y1 = shape.box
            across, down = x1 - x0 - 2 * inset, y1 - y0 - 2 * inset
            pdf.ellipse(left + (x0 + inset) * size, top + (y0 + inset) * size, across * size, down * size, style="D")
        case Disc():
            x0, y0, x1, y1 = shape.box
            pdf.ellipse(left + x0 * size, top + y0 * size, (x1 - x0) * size, (y1 - y0) * size, style="F")
        case RoundedSquare():
            x0, y0, x1, y1 = shape.box
            box = (left + x0 * size, top + y0 * size, (x1 - x0) * size, (y1 - y0) * size)
            pdf.rect(*box, style="F", round_corners=True, corner_radius=shape.radius * size)
        case Diamond():
            pdf.polygon([(left + x * size, top + y * size) for x, y in shape.corners], style="F")
        case Stroke():
            _draw_stroke(pdf, shape, corner, size)


def _draw_stroke(pdf: FPDF, stroke: Stroke, corner: tuple[float, float], size: float) -> None:
    path = [(corner[0] + x * size, corner[1] + y * size) for x, y in stroke.points]
    weight = stroke.weight * size
    _set_pen(pdf, stroke.colour, weight)
    pdf.polyline(path, style="D")
    pdf.set_fill_color(*stroke.colour)
    for x, y in path:
        pdf.ellipse(x - weight / 2, y - weight / 2, weight, weight, style="F")


def _set_pen(pdf: FPDF, colour: Colour, weight: float) -> None:
    pdf.set_draw_color(*colour)
    pdf.set_line_width(weight)


def _encode_picture(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_PICTURE_QUALITY, subsampling=0)
    return file.getvalue()
