"""Paints the outline: oval, shoulders and eye line within the portrait's area."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QPainter, QPainterPath

from kiosk.ui.painting.icons import line_pen
from kiosk.ui.painting.outline import Area, Outline
from kiosk.ui.theme import colour

_MIN_OPACITY: Final = 0.02


def paint_outline(painter: QPainter, area: Area, outline: Outline, readiness: float) -> None:
    """Paint the outline dashed and white at `readiness` 0, as one green line at 1, and blended in between."""
    path, thickness = outline_path(area, outline), area.width / 160
    painter.save()
    painter.setClipRect(to_qrect(area), Qt.IntersectClip)
    painter.setPen(line_pen(colour("night", 0.16), thickness * 3))
    painter.drawPath(path)
    painter.restore()
    for name, strength, width, dash in (("card", 1 - readiness, 1.2, [3.0, 3.0]), ("calm", readiness, 1.5, None)):
        if strength > _MIN_OPACITY:
            painter.save()
            painter.setOpacity(strength)
            _paint_lines(painter, area, outline, path, colour(name), thickness, width, dash)
            painter.restore()


def _paint_lines(
    painter: QPainter,
    area: Area,
    outline: Outline,
    path: QPainterPath,
    shade: QColor,
    thickness: float,
    width: float,
    dash: list[float] | None,
) -> None:
    painter.save()
    painter.setClipRect(to_qrect(area), Qt.IntersectClip)
    painter.setPen(line_pen(shade, thickness * width, dash))
    painter.drawPath(path)
    painter.setPen(line_pen(shade, thickness))
    for side in (-1, 1):  # the eye line, beside the head
        for edge in (0.16, 0.22):
            start = area.point_at(outline.centre + side * (outline.half_face + edge - 0.10), outline.eye_line)
            stop = area.point_at(outline.centre + side * (outline.half_face + edge - 0.07), outline.eye_line)
            painter.drawLine(QPointF(*start), QPointF(*stop))
    painter.restore()
    painter.setPen(line_pen(shade, thickness * 0.8))
    painter.setBrush(Qt.NoBrush)
    painter.drawRoundedRect(to_qrect(area), area.width * 0.02, area.width * 0.02)


def outline_path(area: Area, outline: Outline) -> QPainterPath:
    """Return the head oval from hair top to chin, as wide as the face, and the shoulders, in the pixels of `area`."""
    path = QPainterPath()
    left, top = area.point_at(outline.centre - outline.half_face, outline.hair_top)
    right, bottom = area.point_at(outline.centre + outline.half_face, outline.chin)
    path.addEllipse(QRectF(QPointF(left, top), QPointF(right, bottom)))
    for side in (-1, 1):
        _add_shoulder(path, area, outline, side)
    return path


def _add_shoulder(path: QPainterPath, area: Area, o: Outline, side: int) -> None:
    neck_x = o.centre + side * o.half_neck
    tip_x = o.centre + side * o.half_shoulders
    under_jaw = o.chin - 0.028
    collar = o.shoulder_line - 0.035
    path.moveTo(*area.point_at(neck_x, under_jaw))
    path.cubicTo(
        QPointF(*area.point_at(neck_x, collar)),
        QPointF(*area.point_at(neck_x + side * 0.02, collar + 0.02)),
        QPointF(*area.point_at(neck_x + side * 0.14, o.shoulder_line + 0.03)),
    )
    path.cubicTo(
        QPointF(*area.point_at(o.centre + side * 0.44, o.shoulder_line + 0.075)),
        QPointF(*area.point_at(tip_x - side * 0.12, o.shoulder_line + 0.12)),
        QPointF(*area.point_at(tip_x, 1.02)),
    )


def to_qrect(area: Area) -> QRectF:
    return QRectF(area.x, area.y, area.width, area.height)
