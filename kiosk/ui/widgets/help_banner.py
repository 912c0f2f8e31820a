"""A band across the window, visible from the far end of a hall: a student needs help here."""

from __future__ import annotations

import math
from typing import Final

from PyQt5.QtCore import QPointF, QRectF, QSize, Qt
from PyQt5.QtGui import QFontMetricsF, QPainter
from PyQt5.QtWidgets import QSizePolicy

from config.i18n import Translations, translations
from kiosk.ui.painting.icons import Animated, create_painter, line_pen
from kiosk.ui.theme import Scale, colour, font

_PERIOD_MS: Final = 2_400
"""The period of a slow change of the colour. WCAG 2.2 (2.3.1) allows at most three flashes a second."""


class HelpBanner(Animated):
    """Hidden unless help is needed. Receives no touch."""

    def __init__(self) -> None:
        super().__init__(_PERIOD_MS)
        self.setObjectName("help_banner")
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self._height = 200
        self._translations = translations()
        self.hide()

    def retranslate(self, tr: Translations) -> None:
        self._translations = tr
        self.update()

    def update_layout(self, scale: Scale) -> None:
        self._height = scale.px(180)
        self.setFixedHeight(self._height)

    def sizeHint(self) -> QSize:
        return QSize(400, self._height)

    def paintEvent(self, event: object) -> None:
        painter = create_painter(self)
        painter.fillRect(self.rect(), colour("night"))
        opacity = 0.72 + 0.28 * (0.5 + 0.5 * math.cos(2 * math.pi * self.phase))
        painter.fillRect(self.rect(), colour("sim", opacity))
        side = self.height() * 0.76
        edge = (self.height() - side) / 2
        for left in (edge * 2, self.width() - edge * 2 - side):
            _paint_mark(painter, QRectF(left, edge, side, side))
        self._paint_texts(painter, QRectF(self.rect()).adjusted(side + edge * 4, 0, -side - edge * 4, 0))

    def _paint_texts(self, painter: QPainter, area: QRectF) -> None:
        upper = QRectF(area.left(), area.top() + area.height() * 0.1, area.width(), area.height() * 0.48)
        lower = QRectF(area.left(), area.top() + area.height() * 0.6, area.width(), area.height() * 0.28)
        _paint_text_line(
            painter, upper, self._translations.translate("screen.help.title"), self.height() * 0.36, bold=True
        )
        _paint_text_line(painter, lower, self._translations.translate("screen.help.staff"), self.height() * 0.17)


def _paint_text_line(painter: QPainter, area: QRectF, text: str, size: float, bold: bool = False) -> None:
    """Paint one line with the font size `size`, or smaller so that it fits."""
    face = font(round(size), bold)
    width = QFontMetricsF(face).horizontalAdvance(text)
    painter.setFont(font(int(size * min(1.0, area.width() / width)), bold))
    painter.setPen(colour("night"))
    painter.drawText(area, int(Qt.AlignCenter), text)


def _paint_mark(painter: QPainter, box: QRectF) -> None:
    """Paint a dark disc with an exclamation mark."""
    painter.setPen(Qt.NoPen)
    painter.setBrush(colour("night"))
    painter.drawEllipse(box)
    painter.setPen(line_pen(colour("sim"), box.width() * 0.13))
    middle = box.center().x()
    painter.drawLine(QPointF(middle, box.top() + box.height() * 0.24), QPointF(middle, box.top() + box.height() * 0.56))
    painter.drawPoint(QPointF(middle, box.top() + box.height() * 0.76))
