"""正冠, "straighten the cap": a mortarboard that leans a little and is set straight along a level line."""

from __future__ import annotations

import math

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QLinearGradient, QPainter, QPainterPath, QPolygonF, QRadialGradient

from kiosk.ui.painting.icons import Animated, create_painter, line_pen, smoothstep
from kiosk.ui.theme import colour

_MAX_ANGLE_DEG = -11.0


def cap_angle(phase: float) -> float:
    """Return the angle of the cap in degrees: first tilted, then set straight, held, and slowly tilted again."""
    if phase < 0.18:
        return _MAX_ANGLE_DEG
    if phase < 0.40:
        t = (phase - 0.18) / 0.22
        return _MAX_ANGLE_DEG * (1 - smoothstep(t)) + 2.2 * math.sin(math.pi * t) * t
    if phase < 0.88:
        return 0.0
    return _MAX_ANGLE_DEG * smoothstep((phase - 0.88) / 0.12)


def paint_cap(painter: QPainter, size: float, degrees: float) -> None:
    """Paint the cap alone, centred on the origin, board `size` wide."""
    painter.save()
    painter.rotate(degrees)
    painter.scale(size / 200, size / 200)
    painter.setPen(Qt.NoPen)
    painter.setBrush(colour("accent_dark"))
    skull = QPainterPath(QPointF(-52, 6))
    skull.lineTo(-52, 46)
    skull.cubicTo(-36, 68, 36, 68, 52, 46)
    skull.lineTo(52, 6)
    skull.closeSubpath()
    painter.drawPath(skull)
    shine = QLinearGradient(-100, -44, 100, 44)
    shine.setColorAt(0, colour("accent").lighter(118))
    shine.setColorAt(1, colour("accent"))
    painter.setBrush(shine)
    painter.drawPolygon(QPolygonF([QPointF(-100, -4), QPointF(0, -46), QPointF(100, -4), QPointF(0, 38)]))
    _paint_tassel(painter, degrees)
    painter.restore()


def _paint_tassel(painter: QPainter, degrees: float) -> None:
    gold = colour("sim").darker(108)
    painter.setPen(line_pen(gold, 4))
    painter.setBrush(gold)
    painter.drawEllipse(QPointF(0, -5), 5, 4)
    painter.drawLine(QPointF(0, -5), QPointF(76, 8))
    painter.save()
    painter.translate(76, 8)
    painter.rotate(-degrees)  # the tassel hangs vertically
    painter.drawLine(QPointF(0, 0), QPointF(0, 42))
    painter.setPen(Qt.NoPen)
    painter.drawRoundedRect(QRectF(-6, 38, 12, 8), 3, 3)
    painter.drawPolygon(QPolygonF([QPointF(-5, 46), QPointF(5, 46), QPointF(9, 72), QPointF(-9, 72)]))
    painter.restore()


class WelcomeLogo(Animated):
    """The picture of the welcome screen."""

    def __init__(self) -> None:
        super().__init__(period_ms=7000)
        self.setObjectName("welcome_logo")

    def appearance(self, phase: float) -> float:
        return cap_angle(phase)

    def paintEvent(self, event: object) -> None:
        painter = create_painter(self)
        side = min(self.width(), self.height())
        painter.translate(self.width() / 2, self.height() / 2)
        painter.scale(side / 600, side / 600)
        _paint_background(painter)
        degrees = cap_angle(self.phase)
        straight = 1 - min(1.0, abs(degrees) / abs(_MAX_ANGLE_DEG))
        _paint_sitter(painter)
        painter.save()
        painter.translate(0, -96)
        _paint_level_line(painter, straight)
        painter.translate(0, -6)
        paint_cap(painter, 300, degrees)
        painter.restore()


def _paint_background(painter: QPainter) -> None:
    glow = QRadialGradient(0, -20, 300)
    glow.setColorAt(0, colour("card"))
    glow.setColorAt(0.75, colour("mist"))
    glow.setColorAt(1, colour("mist"))
    painter.setPen(Qt.NoPen)
    painter.setBrush(glow)
    painter.drawEllipse(QPointF(0, 0), 292, 292)
    painter.setBrush(Qt.NoBrush)
    painter.setPen(line_pen(colour("accent", 0.10), 2))
    painter.drawEllipse(QPointF(0, 0), 264, 264)


def _paint_sitter(painter: QPainter) -> None:
    """Paint a figure without a face."""
    painter.save()
    clip = QPainterPath()
    clip.addEllipse(QPointF(0, 0), 292, 292)
    painter.setClipPath(clip)
    painter.setPen(Qt.NoPen)
    robe = QPainterPath(QPointF(-215, 300))
    robe.cubicTo(-205, 190, -150, 150, -62, 138)
    robe.lineTo(0, 190)
    robe.lineTo(62, 138)
    robe.cubicTo(150, 150, 205, 190, 215, 300)
    robe.closeSubpath()
    painter.setBrush(colour("accent_dark"))
    painter.drawPath(robe)
    neck = QPainterPath()
    neck.addRoundedRect(QRectF(-42, 50, 84, 112), 34, 34)
    painter.setBrush(colour("line").darker(112))
    painter.drawPath(neck)
    painter.setBrush(colour("line").darker(104))
    head = QPainterPath(QPointF(-82, -70))
    head.cubicTo(-86, 40, -62, 108, 0, 108)
    head.cubicTo(62, 108, 86, 40, 82, -70)
    head.closeSubpath()
    painter.drawPath(head)
    painter.setBrush(colour("card"))
    painter.drawPolygon(QPolygonF([QPointF(-62, 138), QPointF(-30, 132), QPointF(0, 186), QPointF(-26, 214)]))
    painter.drawPolygon(QPolygonF([QPointF(62, 138), QPointF(30, 132), QPointF(0, 186), QPointF(26, 214)]))
    painter.restore()


def _paint_level_line(painter: QPainter, straight: float) -> None:
    shade = colour("accent", 0.25 + 0.6 * straight)
    painter.setPen(line_pen(shade, 3, [1, 4] if straight < 0.98 else None))
    for side in (-1, 1):
        painter.drawLine(QPointF(side * 172, -8), QPointF(side * 238, -8))
        painter.drawLine(QPointF(side * 238, -18), QPointF(side * 238, 2))


class HeaderLogo(Animated):
    """The cap alone, still and straight, for the header."""

    def __init__(self) -> None:
        super().__init__(period_ms=60_000)

    def showEvent(self, event: object) -> None:
        """Start no animation."""

    def paintEvent(self, event: object) -> None:
        painter = create_painter(self)
        painter.translate(self.width() / 2, self.height() / 2)
        paint_cap(painter, self.width() * 0.9, 0)
