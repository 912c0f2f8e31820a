"""Report every touch of the window, regardless of the widget that receives it."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QEvent, QObject, pyqtSignal
from PyQt5.QtWidgets import QApplication, QWidget

_TOUCH_EVENTS: Final = (QEvent.MouseButtonPress, QEvent.TouchBegin)


class TouchFilter(QObject):
    """An application event filter, because a button receives its touch before the window. It consumes none itself."""

    touched = pyqtSignal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _TOUCH_EVENTS and isinstance(watched, QWidget) and watched.window() is self._window:
            self.touched.emit()
        return False
