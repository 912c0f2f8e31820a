"""Asks whether the student is still there, before a visit without a touch ends."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QMouseEvent
from PyQt5.QtWidgets import QFrame, QWidget

from kiosk.ui.base import Card, column, fill_layout
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Button, Label


class StillTherePrompt(QFrame):
    """An overlay on the screen that receives every touch; any touch means that somebody is there."""

    touched = pyqtSignal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("still_there")
        self.setAttribute(Qt.WA_StyledBackground)
        self.title = Label("screen.still_there.title", "title", centred=True)
        self.seconds = Label(role="display", centred=True)
        self.lead = Label("screen.still_there.lead", "lead", centred=True)
        self.here_button = Button("screen.still_there.here", "still_here", "primary")
        self.here_button.clicked.connect(self.touched)
        self._card = Card()
        self._box = column(self)
        self.hide()

    def show_seconds(self, seconds: int | None) -> bool:
        """Show the remaining seconds; None hides it. Return whether it has just appeared."""
        appears = seconds is not None and self.isHidden()
        if seconds is not None:
            self.seconds.set_text(str(seconds))
        self.setVisible(seconds is not None)
        return appears

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.touched.emit()

    def update_layout(self, scale: Scale) -> None:
        self._card.update_layout(scale, padding=64, spacing=0)
        fill_layout(self._card.box, scale, self.title, 12, self.seconds, 12, self.lead, 44, self.here_button)
        side = scale.px(80 if scale.tall else 420)
        self._box.setContentsMargins(side, scale.px(24), side, scale.px(24))
        fill_layout(self._box, scale, 1.0, self._card, 1.0)
