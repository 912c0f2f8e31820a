"""A QR code on a screen."""

from __future__ import annotations

import qrcode
from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtWidgets import QSizePolicy, QWidget
from qrcode.constants import ERROR_CORRECT_M

from kiosk.ui.painting.icons import create_painter
from kiosk.ui.theme import colour


class QrCode(QWidget):
    """A QR code painted as squares on whole pixels, with the quiet zone of four modules that ISO/IEC 18004 requires."""

    QUIET_ZONE_MODULES = 4

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self._text = ""
        self._modules: list[list[bool]] = []

    @property
    def text(self) -> str:
        return self._text

    def encode(self, text: str) -> None:
        if text == self._text:
            return
        self._text, self._modules = text, []
        if text:
            code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
            code.add_data(text)
            code.make(fit=True)
            self._modules = [[bool(dark) for dark in line] for line in code.get_matrix()]
        self.update()

    def paintEvent(self, event: object) -> None:
        if not self._modules:
            return
        painter = create_painter(self)
        count = len(self._modules) + 2 * self.QUIET_ZONE_MODULES
        step = min(self.width(), self.height()) // count
        left, top = (self.width() - step * count) // 2, (self.height() - step * count) // 2
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour("card"))
        painter.drawRoundedRect(QRectF(left, top, step * count, step * count), step * 2, step * 2)
        painter.setRenderHint(painter.Antialiasing, False)
        for y, line in enumerate(self._modules):
            for x, dark in enumerate(line):
                if dark:
                    at_x, at_y = left + (x + self.QUIET_ZONE_MODULES) * step, top + (y + self.QUIET_ZONE_MODULES) * step
                    painter.fillRect(at_x, at_y, step, step, colour("ink"))
