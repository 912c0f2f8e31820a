"""A wide button whose text may have several lines."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtWidgets import QPushButton, QSizePolicy

from kiosk.ui.base import column
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Label


class ChoiceButton(QPushButton):
    """Its text is a label, because a QPushButton does not break lines: a long name would be cut off, and the letters
    of the whole screen would become as small as possible."""

    def __init__(self, name: str, text: str = "", key: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "choice")
        self.setFocusPolicy(Qt.NoFocus)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Minimum)
        self.label = Label(key, "choice")
        self.label.setAttribute(Qt.WA_TransparentForMouseEvents)
        if text:
            self.label.set_text(text)
        self._box = column(self)
        self._box.addWidget(self.label)

    def update_layout(self, scale: Scale) -> None:
        self._box.setContentsMargins(scale.px(40), scale.px(24), scale.px(40), scale.px(24))

    def sizeHint(self) -> QSize:
        return self._box.totalSizeHint().expandedTo(self.minimumSize())

    def minimumSizeHint(self) -> QSize:
        return self._box.totalMinimumSize()
