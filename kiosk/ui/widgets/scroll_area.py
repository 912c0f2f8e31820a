"""A scroll area for a touch screen."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QShowEvent
from PyQt5.QtWidgets import QFrame, QScrollArea, QScroller


class TouchScrollArea(QScrollArea):
    """An area that scrolls up and down by touch. Its widget is as wide as the area."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)

    def showEvent(self, event: QShowEvent) -> None:
        """Grab the gesture when the area is first shown, because most areas are not shown in most visits."""
        super().showEvent(event)
        if not QScroller.hasScroller(self.viewport()):
            QScroller.grabGesture(self.viewport(), QScroller.LeftMouseButtonGesture)
