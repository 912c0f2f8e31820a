"""The live view in which a student sees whether a document is in its place and sharp."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QImage, QPainter

from kiosk.ui.painting.icons import line_pen
from kiosk.ui.theme import colour
from kiosk.ui.widgets.code_view import CodeView

_CARD_ASPECT: Final = 85.6 / 54.0  # ISO/IEC 7810 ID-1; a passport's page (125 x 88) fills the frame to its sides
_GUIDE_WIDTH_SHARE: Final = 0.84  # of the view's width: letters have the size that the text recognition needs
_CORNER_SHARE: Final = 3.18 / 54.0


class DocumentView(CodeView):
    """Live frames, not mirrored: a document that a student can read here is sharp and without glare, and a separate
    document camera points down at a table."""

    caption_key = "screen.document.here"

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("document_view")

    @staticmethod
    def paint_image(painter: QPainter, box: QRectF, image: QImage) -> None:
        scale = max(box.width() / image.width(), box.height() / image.height())
        painter.save()
        painter.translate(box.center())
        painter.scale(scale, scale)
        painter.drawImage(QPointF(-image.width() / 2, -image.height() / 2), image)
        painter.restore()

    @staticmethod
    def paint_guide(painter: QPainter, box: QRectF) -> None:
        width = box.width() * _GUIDE_WIDTH_SHARE
        height = width / _CARD_ASPECT
        place = QRectF(box.center().x() - width / 2, box.top() + box.height() * 0.06, width, height)
        painter.setBrush(Qt.NoBrush)
        painter.setPen(line_pen(colour("calm"), max(3.0, width * 0.008)))
        painter.drawRoundedRect(place, height * _CORNER_SHARE, height * _CORNER_SHARE)
