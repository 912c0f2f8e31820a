"""A4 pages at 300 dpi as lists of marks: text, boxes, lines, polygons, pictures and the four outcome symbols.

`bitmap.py` draws the marks as pixels, `pdf_pages.py` as vectors and text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from PIL import Image

from kiosk.capture.report.fonts import Typeface
from kiosk.guidance.verdict import Outcome

Colour = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom; right and bottom are the first pixels outside."""

WIDTH: Final = 2480
HEIGHT: Final = 3508
DPI: Final = 300
MARGIN: Final = 190
LEFT: Final = MARGIN
RIGHT: Final = WIDTH - MARGIN
TOP: Final = 170
BOTTOM: Final = HEIGHT - 150

WHITE: Final[Colour] = (255, 255, 255)
INK: Final[Colour] = (26, 32, 41)
MUTED: Final[Colour] = (104, 113, 124)
HAIRLINE: Final[Colour] = (211, 216, 222)
ACCENT: Final[Colour] = (20, 104, 122)
COLOURS: Final[dict[Outcome, Colour]] = {
    Outcome.PASS: (30, 122, 72),
    Outcome.FAIL: (186, 36, 36),
    Outcome.UNSURE: (168, 104, 0),
    Outcome.NOT_MEASURED: (120, 128, 138),
}

TITLE: Final = 96
HEADING: Final = 46
BODY: Final = 36
SMALL: Final = 30
LINE: Final = 1.42  # line height, as a multiple of the font size

_NO_LINE_START: Final = "，。；：、！？）〕】》”’,.;:!?)]%"


@dataclass(frozen=True)
class TextMark:
    """One line of text; `anchor` (Pillow's) states which point of it is `at`."""

    at: Point
    text: str
    size: int
    bold: bool
    fill: Colour
    anchor: str


@dataclass(frozen=True)
class BoxMark:
    """A box; `outline` is the colour of a line of `weight` along its inside."""

    box: Box
    fill: Colour | None = None
    outline: Colour | None = None
    weight: int = 0


@dataclass(frozen=True)
class TintMark:
    """A translucent area, in whole pixels."""

    box: tuple[int, int, int, int]
    fill: Colour
    opacity: float


@dataclass(frozen=True)
class LineMark:
    start: Point
    end: Point
    fill: Colour
    weight: int


@dataclass(frozen=True)
class PolygonMark:
    corners: tuple[Point, ...]
    fill: Colour


@dataclass(frozen=True, eq=False)
class PictureMark:
    """A picture whose pixels are those of the page at 300 dpi."""

    at: tuple[int, int]
    image: Image.Image = field(repr=False)


@dataclass(frozen=True)
class SymbolMark:
    middle: Point
    outcome: Outcome
    size: int


Mark = TextMark | BoxMark | TintMark | LineMark | PolygonMark | PictureMark | SymbolMark


class Page:
    """One sheet of paper. All lengths in px at 300 dpi, from the upper left corner."""

    def __init__(self, typeface: Typeface) -> None:
        self.typeface = typeface
        self.marks: list[Mark] = []

    def text(
        self, at: Point, text: str, size: int, *, bold: bool = False, fill: Colour = INK, anchor: str = "ls"
    ) -> None:
        """Add one line of text; `anchor` (Pillow's) states which point of it is `at`, by default the start of the
        baseline."""
        if text:
            self.marks.append(TextMark(at, self.typeface.replace_missing_glyphs(text), size, bold, fill, anchor))

    def paragraph(
        self, at: Point, text: str, size: int, width: float, *, bold: bool = False, fill: Colour = INK
    ) -> float:
        """Add text in lines of at most `width`; return their height."""
        lines = wrap_text(self.typeface, text, size, width, bold)
        for number, line in enumerate(lines):
            self.text((at[0], at[1] + (number + 0.76) * size * LINE), line, size, bold=bold, fill=fill)
        return len(lines) * size * LINE

    def width_of(self, text: str, size: int, bold: bool = False) -> float:
        return self.typeface.font(size, bold).getlength(self.typeface.replace_missing_glyphs(text))

    def text_boxes(self) -> list[tuple[str, Box]]:
        """Return every text with the box that its glyphs fill."""
        return [(mark.text, self._text_box(mark)) for mark in self.marks if isinstance(mark, TextMark)]

    def box(self, box: Box, *, fill: Colour | None = None, outline: Colour | None = None, weight: int = 0) -> None:
        self.marks.append(BoxMark(box, fill, outline, weight))

    def picture(self, at: tuple[int, int], image: Image.Image) -> None:
        """Add a picture in the pixels of the page, with its upper left corner `at`."""
        self.marks.append(PictureMark(at, image))

    def rule(self, at: Point, width: float, fill: Colour = HAIRLINE, weight: int = 2) -> None:
        """Add a horizontal line."""
        self.box((round(at[0]), round(at[1]), round(at[0] + width) + 1, round(at[1]) + weight), fill=fill)

    def line(
        self, a: Point, b: Point, fill: Colour = INK, weight: int = 3, dash: tuple[int, int] | None = None
    ) -> None:
        """Add a vertical or horizontal line; `dash` is the length of the dashes and of the gaps."""
        length = max(abs(b[0] - a[0]), abs(b[1] - a[1]))
        step = sum(dash) if dash else length + 1
        drawn = dash[0] if dash else length
        at = 0.0
        while at <= length:
            end = min(at + drawn, length)
            start, stop = (_interpolate(a, b, place / max(length, 1)) for place in (at, end))
            self.marks.append(LineMark(start, stop, fill, weight))
            at += step

    def outlined_line(self, a: Point, b: Point, fill: Colour, weight: int = 4) -> None:
        """Add a line with a pale edge, visible on hair and on a white background."""
        self.marks.append(LineMark(a, b, WHITE, weight + 3))
        self.marks.append(LineMark(a, b, fill, weight))

    def arrow(self, a: Point, b: Point, fill: Colour = INK, weight: int = 3) -> None:
        """Add a dimension line with a head at either end; without heads where it is too short."""
        self.marks.append(LineMark(a, b, fill, weight))
        across, down = b[0] - a[0], b[1] - a[1]
        length = max(abs(across), abs(down))
        head = min(20.0, length / 2.2)
        if head < 5:
            return
        x, y = across / length, down / length
        for at, way in ((a, 1), (b, -1)):
            foot = (at[0] + way * head * x, at[1] + way * head * y)
            side = (head * 0.36 * y, head * 0.36 * x)
            corners = (at, (foot[0] + side[0], foot[1] + side[1]), (foot[0] - side[0], foot[1] - side[1]))
            self.marks.append(PolygonMark(corners, fill))

    def tint(self, box: Box, colour: Colour, opacity: float) -> None:
        """Add a translucent area; nothing if the box is empty."""
        left, top, right, bottom = (round(v) for v in box)
        if right > left and bottom > top:
            self.marks.append(TintMark((left, top, right, bottom), colour, opacity))

    def symbol(self, middle: Point, outcome: Outcome, size: int) -> None:
        """Add the symbol of `outcome`. Outcomes differ in shape as well as in colour: a disc, a square, a diamond, a
        ring."""
        self.marks.append(SymbolMark(middle, outcome, size))

    def _text_box(self, mark: TextMark) -> Box:
        left, top, right, bottom = self.typeface.font(mark.size, mark.bold).getbbox(mark.text, anchor=mark.anchor)
        return left + mark.at[0], top + mark.at[1], right + mark.at[0], bottom + mark.at[1]


def wrap_text(typeface: Typeface, text: str, size: int, width: float, bold: bool = False) -> list[str]:
    """Return `text` in lines of at most `width`, with breaks between Latin words, and between Chinese characters except
    before a stop."""
    font = typeface.font(size, bold)
    lines: list[str] = []
    line = ""
    for piece in _unbreakable_pieces(text):
        if line and font.getlength(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
        while len(line) > 1 and font.getlength(line.rstrip()) > width:  # a word longer than a line
            fits = next((n for n in range(len(line) - 1, 1, -1) if font.getlength(line[:n]) <= width), 1)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _unbreakable_pieces(text: str) -> list[str]:
    """Return the unbreakable parts: a Latin word with the space after it; a Chinese character with the stop after
    it."""
    pieces: list[str] = []
    for character in text:
        whole = pieces and (
            character in _NO_LINE_START or character == " " or (_is_latin(pieces[-1][-1]) and _is_latin(character))
        )
        if whole:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _is_latin(character: str) -> bool:
    return character != " " and ord(character) < 0x2E80


def _interpolate(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
