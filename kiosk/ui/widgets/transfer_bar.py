"""A progress bar: the part of the photo that has arrived from the camera."""

from __future__ import annotations

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtWidgets import QSizePolicy, QWidget

from kiosk.ui.painting.icons import create_painter
from kiosk.ui.theme import Scale, colour


class TransferBar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("transfer")
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        self.percent = 0
        self.hide()

    def show_percent(self, percent: int | None) -> None:
        """Show a percentage; None hides the bar, because the size of the photo is unknown."""
        self.setHidden(percent is None)
        if percent is not None and percent != self.percent:
            self.percent = percent
            self.update()

    def update_layout(self, scale: Scale) -> None:
        self.setFixedHeight(scale.px(14))

    def paintEvent(self, event: object) -> None:
        painter = create_painter(self)
        painter.setPen(Qt.NoPen)
        round_end = self.height() / 2
        for shade, share in (("line", 100), ("accent", self.percent)):
            painter.setBrush(colour(shade))
            width = max(self.height(), self.width() * share / 100)
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), round_end, round_end)
