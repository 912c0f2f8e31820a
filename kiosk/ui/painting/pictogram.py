"""Small drawings of what to check before the picture: head and shoulders, the item in colour, and a badge."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QPainter, QPainterPath
from PyQt5.QtWidgets import QWidget

from kiosk.ui.painting.icons import create_painter, line_pen
from kiosk.ui.theme import colour

Points = tuple[tuple[float, float], ...]
# On a square of 100: polylines, and rounded boxes (x, y, width, height).
_LINES: Final[dict[str, tuple[Points, ...]]] = {
    "glasses": (((46, 43), (54, 43)), ((30, 42), (28, 40)), ((70, 42), (72, 40))),
    "hair": (
        ((31, 39), (34, 30), (42, 23), (50, 18), (58, 23), (66, 30), (69, 39)),
        ((27, 38), (30, 25), (38, 15), (50, 12), (62, 15), (70, 25), (73, 38)),
        *(((25, 60), (23, 74)), ((30, 66), (29, 75)), ((75, 60), (77, 74)), ((70, 66), (71, 75))),
    ),
    "headwear": (((26, 31), (74, 31)), ((33, 31), (35, 17), (44, 11), (56, 11), (65, 17), (67, 31))),
    "jewellery": (((37, 78), (42, 85), (50, 88), (58, 85), (63, 78)),),
    "makeup": (
        ((43, 59), (48, 57), (50, 58), (52, 57), (57, 59), (50, 63), (43, 59)),
        *(((35, 43), (39, 40), (44, 43)), ((56, 43), (61, 40), (65, 43))),
        *(((34, 39), (35, 43)), ((39, 36), (39, 40)), ((66, 39), (65, 43)), ((61, 36), (61, 40))),
    ),
    "clothing": (((39, 75), (50, 96), (61, 75)), ((39, 75), (33, 84), (41, 90)), ((61, 75), (67, 84), (59, 90))),
}
_BOXES: Final[dict[str, tuple[tuple[float, float, float, float], ...]]] = {
    "glasses": ((31, 37, 15, 12), (54, 37, 15, 12)),
    "hair": ((24, 41, 7, 14), (69, 41, 7, 14)),
    "jewellery": ((26, 56, 6, 6), (68, 56, 6, 6), (47, 87, 6, 6)),
}
ITEMS_TO_REMOVE: Final = ("headwear", "jewellery", "makeup")
_TICK: Final[Points] = ((75, 80), (80, 85), (88, 75))
_CROSS: Final[tuple[Points, ...]] = (((77, 75), (87, 85)), ((87, 75), (77, 85)))


class Pictogram(QWidget):
    """One question as a drawing: a tick for what is right, a cross for what must be taken off."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.item = kind

    def resize_to(self, side: int) -> None:
        self.setFixedSize(side, side)

    def paintEvent(self, event: object) -> None:
        painter = create_painter(self)
        painter.scale(self.width() / 100, self.height() / 100)
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour("mist"))
        painter.drawEllipse(QRectF(0, 0, 100, 100))
        disc = QPainterPath()
        disc.addEllipse(QRectF(0, 0, 100, 100))
        painter.setClipPath(disc)
        _paint_person(painter)
        _paint_item(painter, self.item)
        painter.setClipping(False)
        _paint_badge(painter, self.item in ITEMS_TO_REMOVE)


def _paint_person(painter: QPainter) -> None:
    painter.setPen(line_pen(colour("soft", 0.75), 3))
    painter.setBrush(colour("card"))
    body = QPainterPath(QPointF(12, 104))
    body.cubicTo(14, 84, 30, 78, 42, 75)
    body.lineTo(58, 75)
    body.cubicTo(70, 78, 86, 84, 88, 104)
    painter.drawPath(body)
    painter.drawRoundedRect(QRectF(42, 62, 16, 18), 6, 6)
    painter.drawEllipse(QRectF(30, 18, 40, 52))


def _paint_item(painter: QPainter, kind: str) -> None:
    painter.setPen(line_pen(colour("accent"), 3.5))
    painter.setBrush(Qt.NoBrush)
    for box in _BOXES.get(kind, ()):
        painter.drawRoundedRect(QRectF(*box), min(box[2:]) / 2, min(box[2:]) / 2)
    for points in _LINES[kind]:
        painter.drawPath(_path(points))


def _paint_badge(painter: QPainter, remove: bool) -> None:
    painter.setPen(line_pen(colour("card"), 3))
    painter.setBrush(colour("brick" if remove else "accent"))
    painter.drawEllipse(QRectF(68, 66, 28, 28))
    painter.setPen(line_pen(colour("card"), 4))
    painter.setBrush(Qt.NoBrush)
    for points in _CROSS if remove else (_TICK,):
        painter.drawPath(_path(points))


def _path(points: Points) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))
    return path
