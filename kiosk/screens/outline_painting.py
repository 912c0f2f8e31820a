"""The outline painted: oval, shoulders and eye line within the portrait's area."""

from __future__ import annotations

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QPainter, QPainterPath

from kiosk.screens.drawing import line
from kiosk.screens.outline import Area, Outline
from kiosk.screens.theme import colour


def paint_outline(painter: QPainter, area: Area, outline: Outline, right: bool) -> None:
    """Dashed and white while seeking, one calm green line when all is right."""
    path = outline_path(area, outline)
    painter.save()
    painter.setClipRect(rect_of(area), Qt.IntersectClip)
    thick = area.width / 160
    painter.setPen(line(colour("night", 0.16), thick * 3))
    painter.drawPath(path)
    shade = colour("calm") if right else colour("card")
    painter.setPen(line(shade, thick * 1.5 if right else thick * 1.2, None if right else [3, 3]))
    painter.drawPath(path)
    painter.setPen(line(shade, thick))
    for side in (-1, 1):  # the eye line, beside the head
        for edge in (0.16, 0.22):
            start = area.place(outline.centre + side * (outline.half_face + edge - 0.10), outline.eye_line)
            stop = area.place(outline.centre + side * (outline.half_face + edge - 0.07), outline.eye_line)
            painter.drawLine(QPointF(*start), QPointF(*stop))
    painter.restore()
    painter.setPen(line(shade, thick * 0.8))
    painter.setBrush(Qt.NoBrush)
    painter.drawRoundedRect(rect_of(area), area.width * 0.02, area.width * 0.02)


def outline_path(area: Area, outline: Outline) -> QPainterPath:
    """The head oval from hair top to chin, as wide as the face, and the shoulders, in the pixels of `area`."""
    path = QPainterPath()
    left, top = area.place(outline.centre - outline.half_face, outline.hair_top)
    right, bottom = area.place(outline.centre + outline.half_face, outline.chin)
    path.addEllipse(QRectF(QPointF(left, top), QPointF(right, bottom)))
    for side in (-1, 1):
        _shoulder(path, area, outline, side)
    return path


def _shoulder(path: QPainterPath, area: Area, o: Outline, side: int) -> None:
    neck_x = o.centre + side * o.half_neck
    tip_x = o.centre + side * o.half_shoulders
    under_jaw = o.chin - 0.028
    collar = o.shoulder_line - 0.035
    path.moveTo(*area.place(neck_x, under_jaw))
    path.cubicTo(
        QPointF(*area.place(neck_x, collar)),
        QPointF(*area.place(neck_x + side * 0.02, collar + 0.02)),
        QPointF(*area.place(neck_x + side * 0.14, o.shoulder_line + 0.03)),
    )
    path.cubicTo(
        QPointF(*area.place(o.centre + side * 0.44, o.shoulder_line + 0.075)),
        QPointF(*area.place(tip_x - side * 0.12, o.shoulder_line + 0.12)),
        QPointF(*area.place(tip_x, 1.02)),
    )


def rect_of(area: Area) -> QRectF:
    return QRectF(area.x, area.y, area.width, area.height)
