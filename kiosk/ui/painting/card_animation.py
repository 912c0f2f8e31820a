"""An animation of a card that is laid on the reader."""

from __future__ import annotations

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import QSizePolicy

from kiosk.ui.painting.icons import Animated, create_painter, line_pen, smoothstep
from kiosk.ui.theme import colour


class CardAnimation(Animated):
    """A card that is laid on the reader, again and again."""

    def __init__(self) -> None:
        super().__init__(period_ms=3600)
        self.setObjectName("card_animation")
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)

    def paintEvent(self, event: object) -> None:
        painter = create_painter(self)
        side = min(self.width(), self.height())
        painter.translate(self.width() / 2, self.height() / 2)
        painter.scale(side / 600, side / 600)
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour("mist"))
        painter.drawEllipse(QPointF(0, 0), 292, 292)
        down = smoothstep(self.phase / 0.45)
        _paint_reader(painter, lit=self.phase > 0.45, wave=(self.phase - 0.45) / 0.55)
        painter.translate(0, -150 + 172 * down)
        _paint_card(painter)


def _paint_reader(painter: QPainter, lit: bool, wave: float) -> None:
    painter.setPen(Qt.NoPen)
    painter.setBrush(colour("accent_dark"))
    painter.drawRoundedRect(QRectF(-200, 50, 400, 130), 34, 34)
    painter.setBrush(colour("accent"))
    painter.drawRoundedRect(QRectF(-200, 40, 400, 104), 34, 34)
    painter.setBrush(colour("calm") if lit else colour("card", 0.35))
    painter.drawEllipse(QPointF(0, 163), 7, 7)
    if lit:
        painter.setBrush(Qt.NoBrush)
        painter.setPen(line_pen(colour("calm", max(0.0, 0.8 - wave)), 5))
        grow = 30 * wave
        painter.drawRoundedRect(QRectF(-200, 40, 400, 140).adjusted(-grow, -grow, grow, grow), 34 + grow, 34 + grow)


def _paint_card(painter: QPainter) -> None:
    painter.setPen(line_pen(colour("accent", 0.25), 2))
    painter.setBrush(colour("card"))
    painter.drawRoundedRect(QRectF(-150, -92, 300, 184), 18, 18)
    painter.setPen(Qt.NoPen)
    painter.setBrush(colour("line"))
    for y, width in ((-58, 90), (-28, 120), (2, 70)):
        painter.drawRoundedRect(QRectF(-124, y, width, 14), 7, 7)
    painter.setBrush(colour("accent", 0.35))
    painter.drawRoundedRect(QRectF(-124, 52, 190, 16), 8, 8)
    painter.setBrush(colour("mist"))
    painter.drawRoundedRect(QRectF(38, -64, 86, 102), 10, 10)
    painter.setBrush(colour("accent", 0.45))
    painter.drawEllipse(QPointF(81, -24), 19, 23)
    painter.drawChord(QRectF(46, 8, 70, 60), 0, 180 * 16)
