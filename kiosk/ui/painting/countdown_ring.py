"""The countdown ring and the animation while the portrait is made."""

from __future__ import annotations

import math

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QPainter, QPainterPath

from kiosk.ui.painting.icons import line_pen
from kiosk.ui.painting.outline import Area, Outline
from kiosk.ui.theme import colour, font


def ring_rect(area: Area, outline: Outline) -> QRectF:
    """Return a rectangle low in the portrait's area, below the chin even if the sitter leans forward a little."""
    size = min(0.21, 0.9 * (0.97 - outline.chin)) * area.height
    return QRectF(area.x + (area.width - size) / 2, area.y + area.height * 0.97 - size, size, size)


def paint_ring(painter: QPainter, box: QRectF, number: int, share: float) -> None:
    """Paint the seconds left in a ring that closes."""
    size = box.width()
    painter.setPen(Qt.NoPen)
    painter.setBrush(colour("night", 0.72))
    painter.drawEllipse(box)
    inner = box.adjusted(size * 0.07, size * 0.07, -size * 0.07, -size * 0.07)
    painter.setBrush(Qt.NoBrush)
    painter.setPen(line_pen(colour("card", 0.25), size * 0.055))
    painter.drawEllipse(inner)
    painter.setPen(line_pen(colour("calm"), size * 0.055))
    painter.drawArc(inner, 90 * 16, -round(360 * 16 * min(1.0, max(0.0, share))))
    painter.setPen(colour("card"))
    painter.setFont(font(round(size * 0.5), bold=True))
    painter.drawText(box.adjusted(0, -size * 0.02, 0, -size * 0.02), Qt.AlignCenter, str(number))


def processing_rect(area: Area) -> QRectF:
    """Return the rectangle that `paint_processing` paints in: a sheet and the dots below it."""
    sheet = _sheet_rect(area)
    return sheet.adjusted(0, 0, 0, sheet.width() * 0.25)


def paint_processing(painter: QPainter, area: Area, phase: float) -> None:
    """Paint a photo that appears slowly: a figure on a sheet, and a light that passes over it."""
    sheet = _sheet_rect(area)
    width = sheet.width()
    radius = width * 0.05
    paper = QPainterPath()
    paper.addRoundedRect(sheet, radius, radius)
    painter.fillPath(paper, colour("card"))
    picture = QPainterPath()
    picture.addRect(sheet.adjusted(radius, radius, -radius, -radius))
    painter.fillPath(picture, colour("mist"))
    painter.save()
    painter.setClipPath(picture, Qt.IntersectClip)
    painter.setPen(Qt.NoPen)
    painter.setBrush(colour("accent", 0.30 + 0.25 * math.sin(math.pi * phase)))
    middle = sheet.center()
    painter.drawEllipse(QPointF(middle.x(), sheet.y() + width * 0.55), width * 0.19, width * 0.25)
    painter.drawEllipse(QPointF(middle.x(), sheet.bottom() + width * 0.10), width * 0.42, width * 0.43)
    painter.setBrush(colour("card", 0.6))
    painter.drawRect(QRectF(sheet.x() + (phase * 1.5 - 0.4) * width, sheet.y(), width * 0.22, sheet.height()))
    painter.restore()
    _paint_dots(painter, QPointF(middle.x(), sheet.bottom() + width * 0.2), width * 0.05, phase)


def _sheet_rect(area: Area) -> QRectF:
    width = area.width * 0.5
    return QRectF(area.x + (area.width - width) / 2, area.y + area.height * 0.2, width, width * 4 / 3)


def _paint_dots(painter: QPainter, middle: QPointF, radius: float, phase: float) -> None:
    painter.setPen(Qt.NoPen)
    for k in range(3):
        glow = 0.35 + 0.65 * max(0.0, math.cos(2 * math.pi * (phase - k / 3)))
        painter.setBrush(colour("calm", min(1.0, glow)))
        painter.drawEllipse(QPointF(middle.x() + (k - 1) * radius * 3.2, middle.y()), radius, radius)
