"""A message that appears over the screen and disappears automatically."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtWidgets import QFrame, QWidget

from kiosk.ui.base import column
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Label

SHOWN_MS: Final = 6_000


class Toast(QFrame):
    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("toast")
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.label = Label(role="body", centred=True)
        column(self).addWidget(self.label)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def show_message(self, key: str, **values: object) -> None:
        self.label.set_key(key, **values)
        self.show()
        self.raise_()
        self._timer.start(SHOWN_MS)

    def place(self, width: int, top: int, scale: Scale) -> None:
        toast_width = min(width - scale.px(120), scale.px(1200))
        self.setGeometry((width - toast_width) // 2, top, toast_width, scale.px(140))
