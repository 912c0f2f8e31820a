"""A4 at 300 dpi with the few marks a sheet is made of: letters, lines, dimension arrows, tints and the four signs."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from PIL import Image, ImageDraw

from kiosk.capture.report.fonts import Typeface
from kiosk.guidance.verdict import Outcome

Colour = tuple[int, int, int]
Point = tuple[float, float]

WIDTH: Final = 2480
HEIGHT: Final = 3508
DPI: Final = 300
MARGIN: Final = 190
LEFT: Final = MARGIN
RIGHT: Final = WIDTH - MARGIN
TOP: Final = 170
BOTTOM: Final = HEIGHT - 150

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
LINE: Final = 1.42  # line height, in sizes of letters

_SUPERSAMPLING: Final = 4  # signs are drawn that many times larger and reduced: Pillow's lines have no smooth edges
_NO_LINE_START: Final = "，。；：、！？）〕】》”’,.;:!?)]%"


class Page:
    """One sheet of paper. All lengths in px at 300 dpi, from the upper left corner."""

    def __init__(self, typeface: Typeface) -> None:
        self.typeface = typeface
        self.image = Image.new("RGB", (WIDTH, HEIGHT), "white")
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self, at: Point, text: str, size: int, *, bold: bool = False, fill: Colour = INK, anchor: str = "ls"
    ) -> None:
        """One line; `at` is its baseline unless the `anchor` (Pillow's) says otherwise."""
        font = self.typeface.font(size, bold)
        self.draw.text(at, self.typeface.replace_missing_glyphs(text), font=font, fill=fill, anchor=anchor)

    def paragraph(
        self, at: Point, text: str, size: int, width: float, *, bold: bool = False, fill: Colour = INK
    ) -> float:
        """Lines broken at `width`; returns the height they take."""
        lines = wrap_text(self.typeface, text, size, width, bold)
        for number, line in enumerate(lines):
            self.text((at[0], at[1] + (number + 0.76) * size * LINE), line, size, bold=bold, fill=fill)
        return len(lines) * size * LINE

    def width_of(self, text: str, size: int, bold: bool = False) -> float:
        return self.typeface.font(size, bold).getlength(self.typeface.replace_missing_glyphs(text))

    def rule(self, at: Point, width: float, fill: Colour = HAIRLINE, weight: int = 2) -> None:
        """A horizontal line."""
        self.draw.rectangle((round(at[0]), round(at[1]), round(at[0] + width), round(at[1]) + weight - 1), fill=fill)

    def line(
        self, a: Point, b: Point, fill: Colour = INK, weight: int = 3, dash: tuple[int, int] | None = None
    ) -> None:
        """An upright or level line; `dash` is the length drawn and the length left out."""
        length = max(abs(b[0] - a[0]), abs(b[1] - a[1]))
        step = sum(dash) if dash else length + 1
        drawn = dash[0] if dash else length
        at = 0.0
        while at <= length:
            end = min(at + drawn, length)
            part = [_interpolate(a, b, at / max(length, 1)), _interpolate(a, b, end / max(length, 1))]
            self.draw.line(part, fill=fill, width=weight)
            at += step

    def outlined_line(self, a: Point, b: Point, fill: Colour, weight: int = 4) -> None:
        """A line with a pale edge, to be seen on hair as on a white background."""
        self.draw.line([a, b], fill="white", width=weight + 3)
        self.draw.line([a, b], fill=fill, width=weight)

    def arrow(self, a: Point, b: Point, fill: Colour = INK, weight: int = 3) -> None:
        """A dimension line with a head at either end; without heads where it is too short for them."""
        self.draw.line([a, b], fill=fill, width=weight)
        across, down = b[0] - a[0], b[1] - a[1]
        length = max(abs(across), abs(down))
        head = min(20.0, length / 2.2)
        if head < 5:
            return
        x, y = across / length, down / length
        for at, way in ((a, 1), (b, -1)):
            foot = (at[0] + way * head * x, at[1] + way * head * y)
            side = (head * 0.36 * y, head * 0.36 * x)
            corners = [at, (foot[0] + side[0], foot[1] + side[1]), (foot[0] - side[0], foot[1] - side[1])]
            self.draw.polygon(corners, fill=fill)

    def tint(self, box: tuple[float, float, float, float], colour: Colour, strength: float) -> None:
        """A translucent area; nothing where the box is empty."""
        left, top, right, bottom = (round(v) for v in box)
        if right <= left or bottom <= top:
            return
        part = self.image.crop((left, top, right, bottom))
        self.image.paste(Image.blend(part, Image.new("RGB", part.size, colour), strength), (left, top))

    def symbol(self, middle: Point, outcome: Outcome, size: int) -> None:
        """Told apart by shape as well as by colour: a disc, a square, a diamond, a ring."""
        stamp = _draw_symbol(outcome, size)
        self.image.paste(stamp, (round(middle[0] - size / 2), round(middle[1] - size / 2)), stamp)


def wrap_text(typeface: Typeface, text: str, size: int, width: float, bold: bool = False) -> list[str]:
    """`text` in lines of at most `width`: Latin words whole where they fit, Chinese anywhere but before a stop."""
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
    """What must not be torn apart: a Latin word with the space after it; a Chinese sign with the stop after it."""
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


@cache
def _draw_symbol(outcome: Outcome, size: int) -> Image.Image:
    large = size * _SUPERSAMPLING
    stamp = Image.new("RGBA", (large, large))
    draw = ImageDraw.Draw(stamp)
    fill, edge = COLOURS[outcome], large / 12
    box = (edge / 2, edge / 2, large - edge / 2, large - edge / 2)
    if outcome is Outcome.PASS:
        draw.ellipse(box, fill=fill)
        _stroke(draw, large, [(0.28, 0.52), (0.44, 0.67), (0.73, 0.35)], "white")
    elif outcome is Outcome.FAIL:
        draw.rounded_rectangle(box, large / 9, fill=fill)
        _stroke(draw, large, [(0.31, 0.31), (0.69, 0.69)], "white")
        _stroke(draw, large, [(0.69, 0.31), (0.31, 0.69)], "white")
    elif outcome is Outcome.UNSURE:
        draw.polygon([(large / 2, 0), (large, large / 2), (large / 2, large), (0, large / 2)], fill=fill)
        _stroke(draw, large, [(0.39, 0.40), (0.43, 0.33), (0.5, 0.30), (0.57, 0.33), (0.60, 0.40)], "white", 0.075)
        _stroke(draw, large, [(0.60, 0.40), (0.57, 0.47), (0.5, 0.52), (0.5, 0.59)], "white", 0.075)
        draw.ellipse((large * 0.455, large * 0.66, large * 0.545, large * 0.75), fill="white")
    else:
        draw.ellipse(box, outline=fill, width=round(edge))
        _stroke(draw, large, [(0.34, 0.5), (0.66, 0.5)], fill)
    return stamp.resize((size, size), Image.Resampling.LANCZOS)


def _stroke(
    draw: ImageDraw.ImageDraw, size: int, points: list[Point], fill: Colour | Literal["white"], weight: float = 0.1
) -> None:
    path = [(x * size, y * size) for x, y in points]
    draw.line(path, fill=fill, width=round(size * weight), joint="curve")
    radius = size * weight / 2
    for x, y in (path[0], path[-1]):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)
