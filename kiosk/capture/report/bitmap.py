"""Pages as pixels: for PNG files and for showing a sheet on the screen."""

from __future__ import annotations

from functools import cache
from typing import Final

from PIL import Image, ImageDraw

from kiosk.capture.report.page import (
    HEIGHT,
    WIDTH,
    BoxMark,
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
from kiosk.guidance.verdict import Outcome

_SUPERSAMPLING: Final = 4  # symbols are drawn larger and reduced, because Pillow's lines have no smooth edges


def render_bitmap(page: Page) -> Image.Image:
    """Return the page as RGB, 2480 x 3508 px. The same marks give the same pixels."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    for mark in page.marks:
        _draw(image, draw, mark, page)
    return image


def _draw(image: Image.Image, draw: ImageDraw.ImageDraw, mark: Mark, page: Page) -> None:
    match mark:
        case TextMark():
            font = page.typeface.font(mark.size, mark.bold)
            draw.text(mark.at, mark.text, font=font, fill=mark.fill, anchor=mark.anchor)
        case BoxMark():
            left, top, right, bottom = mark.box
            draw.rectangle((left, top, right - 1, bottom - 1), fill=mark.fill, outline=mark.outline, width=mark.weight)
        case TintMark():
            part = image.crop(mark.box)
            image.paste(Image.blend(part, Image.new("RGB", part.size, mark.fill), mark.opacity), mark.box[:2])
        case LineMark():
            draw.line([mark.start, mark.end], fill=mark.fill, width=mark.weight)
        case PolygonMark():
            draw.polygon(list(mark.corners), fill=mark.fill)
        case PictureMark():
            image.paste(mark.image, mark.at)
        case SymbolMark():
            stamp = _draw_symbol(mark.outcome, mark.size)
            corner = (round(mark.middle[0] - mark.size / 2), round(mark.middle[1] - mark.size / 2))
            image.paste(stamp, corner, stamp)


@cache
def _draw_symbol(outcome: Outcome, size: int) -> Image.Image:
    large = size * _SUPERSAMPLING
    stamp = Image.new("RGBA", (large, large))
    draw = ImageDraw.Draw(stamp)
    for shape in SHAPES[outcome]:
        _draw_shape(draw, shape, large)
    return stamp.resize((size, size), Image.Resampling.LANCZOS)


def _draw_shape(draw: ImageDraw.ImageDraw, shape: Shape, size: int) -> None:
    match shape:
        case Disc():
            box = [side * size for side in shape.box]
            if shape.ring_weight:
                draw.ellipse(box, outline=shape.colour, width=round(shape.ring_weight * size))
            else:
                draw.ellipse(box, fill=shape.colour)
        case RoundedSquare():
            draw.rounded_rectangle([side * size for side in shape.box], shape.radius * size, fill=shape.colour)
        case Diamond():
            draw.polygon([(x * size, y * size) for x, y in shape.corners], fill=shape.colour)
        case Stroke():
            _stroke(draw, shape, size)


def _stroke(draw: ImageDraw.ImageDraw, stroke: Stroke, size: int) -> None:
    path = [(x * size, y * size) for x, y in stroke.points]
    draw.line(path, fill=stroke.colour, width=round(size * stroke.weight), joint="curve")
    radius = size * stroke.weight / 2
    for x, y in (path[0], path[-1]):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=stroke.colour)
