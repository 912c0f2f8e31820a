"""The small live view in which a student sees where to hold a code."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QPointF, QRectF, QSize, Qt
from PyQt5.QtGui import QImage, QPainter, QPainterPath, QPolygonF
from PyQt5.QtWidgets import QSizePolicy, QWidget

from config.i18n import Translations, translations
from kiosk.ui.painting.icons import create_painter, line_pen
from kiosk.ui.theme import colour, font

_ASPECT: Final = 4 / 3
_BRACKET_SHARE: Final = 0.62  # of the view's height: about the middle half of a frame, which the scanner enlarges
_ARM_SHARE: Final = 0.22  # of a bracket's side


class CodeView(QWidget):
    """Live frames, mirrored so that a hand moves as in a mirror; the code itself is read unmirrored."""

    caption_key = "screen.identify.code.here"

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("code_view")
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self._image: QImage | None = None
        self._translations = translations()

    def sizeHint(self) -> QSize:
        return QSize(320, 240)

    def retranslate(self, tr: Translations) -> None:
        self._translations = tr
        self.update()

    def show_frame(self, pixels: NDArray[np.uint8]) -> None:
        """Show a frame, RGB, height x width x 3. It replaces the last one; nothing older is stored."""
        height, width = pixels.shape[:2]
        contiguous = np.ascontiguousarray(pixels)
        unowned = QImage(contiguous.data, width, height, width * 3, QImage.Format_RGB888)  # type: ignore[call-overload]
        self._image = unowned.convertToFormat(QImage.Format_RGB32)  # owns its memory, and is fastest to paint
        self.update()

    def clear(self) -> None:
        self._image = None
        self.update()

    @property
    def is_empty(self) -> bool:
        return self._image is None

    def paintEvent(self, event: object) -> None:
        painter = create_painter(self)
        box = _largest_rect(QRectF(self.rect()), _ASPECT)
        rounded = QPainterPath()
        rounded.addRoundedRect(box, box.height() * 0.06, box.height() * 0.06)
        painter.fillPath(rounded, colour("night"))
        painter.setClipPath(rounded)
        if self._image is not None:
            self.paint_image(painter, box, self._image)
        self.paint_guide(painter, box)
        self._paint_caption(painter, box)

    @staticmethod
    def paint_image(painter: QPainter, box: QRectF, image: QImage) -> None:
        scale = max(box.width() / image.width(), box.height() / image.height())
        painter.save()
        painter.translate(box.center())
        painter.scale(-scale, scale)
        painter.drawImage(QPointF(-image.width() / 2, -image.height() / 2), image)
        painter.restore()

    @staticmethod
    def paint_guide(painter: QPainter, box: QRectF) -> None:
        """Paint the brackets that show where to hold the code."""
        side = box.height() * _BRACKET_SHARE
        _paint_brackets(painter, QRectF(box.center().x() - side / 2, box.top() + box.height() * 0.12, side, side))

    def _paint_caption(self, painter: QPainter, box: QRectF) -> None:
        strip = QRectF(box.left(), box.bottom() - box.height() * 0.17, box.width(), box.height() * 0.17)
        painter.fillRect(strip, colour("night", 0.72))
        painter.setPen(colour("card"))
        painter.setFont(font(round(strip.height() * 0.42)))
        painter.drawText(strip, int(Qt.AlignCenter), self._translations.translate(self.caption_key))


def _largest_rect(area: QRectF, aspect: float) -> QRectF:
    width = min(area.width(), area.height() * aspect)
    height = width / aspect
    return QRectF(area.center().x() - width / 2, area.center().y() - height / 2, width, height)


def _paint_brackets(painter: QPainter, place: QRectF) -> None:
    painter.setBrush(Qt.NoBrush)
    painter.setPen(line_pen(colour("calm"), max(3.0, place.width() * 0.02)))
    arm = place.width() * _ARM_SHARE
    for corner, across, down in (
        (place.topLeft(), 1, 1),
        (place.topRight(), -1, 1),
        (place.bottomLeft(), 1, -1),
        (place.bottomRight(), -1, -1),
    ):
        painter.drawPolyline(QPolygonF([corner + QPointF(across * arm, 0), corner, corner + QPointF(0, down * arm)]))
