"""A drawn figure for pictures of the screens: no real person's photograph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QBuffer, QIODevice, QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QImage, QLinearGradient, QPainter, QPainterPath, QPolygonF

from config.standards.registry import PhotoStandard
from kiosk.ui.painting.outline import Area, Outline, portrait_framing

_SKIN, _HAIR, _SUIT, _SHIRT = QColor("#E8BE9E"), QColor("#2B2622"), QColor("#27384A"), QColor("#F6F6F2")
_TIE = QColor("#8C2F2B")


def live_frame(standard: PhotoStandard, width: int = 1280, height: int = 960, offset: float = 0.0) -> NDArray[np.uint8]:
    """Return an RGB frame with the figure in the outline, or shifted by `offset`, a share of the frame's width."""
    image = QImage(width, height, QImage.Format_RGB888)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.Antialiasing)
    light = QLinearGradient(0, 0, width, height)
    light.setColorAt(0, QColor("#A9C7DC"))
    light.setColorAt(1, QColor("#8FB2CB"))
    painter.fillRect(image.rect(), light)
    framing = portrait_framing(width, height, standard)
    area = framing.pixel_area(width, height)
    moved = Area(area.x + offset * width, area.y, area.width, area.height)
    _paint_figure(painter, moved, framing.outline, float(height))
    painter.end()
    return _pixels(image)


def document_frame(width: int = 1280, height: int = 960) -> NDArray[np.uint8]:
    """Return an RGB frame with a card on a desk: bars instead of text."""
    image = QImage(width, height, QImage.Format_RGB888)
    image.fill(QColor("#5A6470"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setPen(Qt.NoPen)
    painter.translate(width * 0.11, height * 0.09)
    painter.rotate(1.2)
    painter.scale(width * 0.78 / 856, width * 0.78 / 856)  # now one unit is 0.1 mm of the card
    painter.setBrush(QColor("#DCE6EC"))
    painter.drawRoundedRect(QRectF(0, 0, 856, 540), 32, 32)
    painter.setBrush(QColor("#3A4652"))
    for x, y, long in ((60, 62, 150), (60, 124, 90), (60, 186, 240), (60, 248, 330), (60, 290, 210), (280, 440, 500)):
        painter.drawRoundedRect(QRectF(x, y, long, 26), 8, 8)
    painter.setBrush(QColor("#B9C9D4"))
    painter.drawRect(QRectF(560, 70, 220, 300))
    painter.end()
    return _pixels(image)


def _pixels(image: QImage) -> NDArray[np.uint8]:
    width, height = image.width(), image.height()
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    lines: NDArray[np.uint8] = np.frombuffer(bits.asstring(), np.uint8).reshape(height, image.bytesPerLine())
    return lines[:, : width * 3].reshape(height, width, 3)


def portrait_jpeg(standard: PhotoStandard) -> bytes:
    """Return the figure as a finished portrait of the standard's size and colour."""
    output = standard.output
    image = QImage(output.width, output.height, QImage.Format_RGB888)
    image.fill(QColor(*output.backgrounds[output.background]))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.Antialiasing)
    whole = Area(0, 0, output.width, output.height)
    _paint_figure(painter, whole, portrait_framing(4, 3, standard).outline, output.height + 10.0)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.WriteOnly)
    image.save(buffer, "JPG", 92)
    return bytes(buffer.data())


def _paint_figure(painter: QPainter, area: Area, o: Outline, bottom: float) -> None:
    painter.setPen(Qt.NoPen)
    unit = area.width
    left, top = area.point_at(o.centre - o.half_face, o.hair_top)
    right, chin = area.point_at(o.centre + o.half_face, o.chin)
    middle, eyes = area.point_at(o.centre, o.eye_line)
    _paint_suit(painter, middle, area.point_at(0, o.shoulder_line)[1], chin, bottom, unit)
    base = chin + unit * 0.62
    painter.setBrush(_SHIRT)
    painter.drawPolygon(
        _polygon((middle - unit * 0.17, chin + unit * 0.05), (middle, base), (middle + unit * 0.17, chin + unit * 0.05))
    )
    painter.setBrush(_SKIN.darker(108))
    neck = (right - left) * 0.23
    painter.drawRoundedRect(QRectF(middle - neck, chin - unit * 0.14, 2 * neck, unit * 0.28), neck * 0.6, neck * 0.6)
    painter.setBrush(_TIE)
    knot = chin + unit * 0.16
    painter.drawPolygon(
        _polygon(
            (middle - unit * 0.04, knot),
            (middle + unit * 0.04, knot),
            (middle + unit * 0.055, base),
            (middle - unit * 0.055, base),
        )
    )
    _paint_head(painter, QRectF(QPointF(left, top), QPointF(right, chin)), eyes)


def _paint_suit(painter: QPainter, middle: float, shoulders: float, chin: float, bottom: float, unit: float) -> None:
    painter.setBrush(_SUIT)
    suit = QPainterPath(QPointF(middle - unit * 0.75, bottom + unit))
    suit.cubicTo(
        middle - unit * 0.72,
        shoulders + unit * 0.1,
        middle - unit * 0.4,
        shoulders,
        middle - unit * 0.15,
        chin + unit * 0.06,
    )
    suit.lineTo(middle + unit * 0.15, chin + unit * 0.06)
    suit.cubicTo(
        middle + unit * 0.4,
        shoulders,
        middle + unit * 0.72,
        shoulders + unit * 0.1,
        middle + unit * 0.75,
        bottom + unit,
    )
    painter.drawPath(suit)


def _paint_head(painter: QPainter, head: QRectF, eyes: float) -> None:
    wide, middle = head.width(), head.center().x()
    painter.setBrush(_SKIN.darker(104))
    for side in (-1, 1):
        painter.drawEllipse(QPointF(middle + side * wide * 0.49, eyes + wide * 0.06), wide * 0.05, wide * 0.12)
    painter.setBrush(_HAIR)
    painter.drawEllipse(head.adjusted(-wide * 0.02, 0, wide * 0.02, -head.height() * 0.3))
    _paint_face(painter, middle, eyes, wide, head.bottom())
    _paint_features(painter, middle, eyes, wide)


def _paint_face(painter: QPainter, middle: float, eyes: float, wide: float, chin: float) -> None:
    face = QPainterPath(QPointF(middle - wide * 0.46, eyes - wide * 0.2))
    face.cubicTo(middle - wide * 0.5, eyes + wide * 0.5, middle - wide * 0.2, chin, middle, chin)
    face.cubicTo(
        middle + wide * 0.2,
        chin,
        middle + wide * 0.5,
        eyes + wide * 0.5,
        middle + wide * 0.46,
        eyes - wide * 0.2,
    )
    face.cubicTo(
        middle + wide * 0.2,
        eyes - wide * 0.52,
        middle - wide * 0.25,
        eyes - wide * 0.5,
        middle - wide * 0.46,
        eyes - wide * 0.2,
    )
    painter.setBrush(_SKIN)
    painter.drawPath(face)


def _paint_features(painter: QPainter, middle: float, eyes: float, wide: float) -> None:
    for side in (-1, 1):
        eye = QPointF(middle + side * wide * 0.2, eyes)
        painter.setBrush(QColor("white"))
        painter.drawEllipse(eye, wide * 0.075, wide * 0.036)
        painter.setBrush(_HAIR)
        painter.drawEllipse(eye, wide * 0.034, wide * 0.034)
        painter.drawRoundedRect(
            QRectF(eye.x() - wide * 0.1, eyes - wide * 0.13, wide * 0.2, wide * 0.03), wide * 0.015, wide * 0.015
        )
    painter.setBrush(_SKIN.darker(118))
    painter.drawRoundedRect(
        QRectF(middle - wide * 0.05, eyes + wide * 0.27, wide * 0.1, wide * 0.025), wide * 0.012, wide * 0.012
    )
    painter.setBrush(QColor("#B5655A"))
    painter.drawRoundedRect(
        QRectF(middle - wide * 0.13, eyes + wide * 0.43, wide * 0.26, wide * 0.045), wide * 0.022, wide * 0.022
    )


def _polygon(*points: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(*point) for point in points])
