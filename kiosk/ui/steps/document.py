"""The screen on which a document is shown to the camera by who has no card with them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import pyqtSignal

from kiosk.ui.base import Halves, Notice
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.document_view import DocumentView
from kiosk.ui.widgets.translated import Button, Text
from kiosk.visit.state import VisitTimeouts, VisitState

_SIGNS: Final = {"document.looking": "dash", "document.almost": "tick"}


class DocumentScreen(Halves):
    """A live view, how the reading goes, and the way back to the other ways. It keeps no picture."""

    put_away = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("document")
        self.view = DocumentView()
        self.title = Text("screen.document.title", "title")
        self.lead = Text("screen.document.lead", "lead")
        self.progress = Notice("document_progress", "plain", "dash")
        self.privacy = Text("screen.document.privacy", "small")
        self.back = Button("screen.document.back", "document_back", "quiet")
        self.back.clicked.connect(self.put_away)

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        self.progress.setVisible(sitting.notice is not None)
        self.progress.text.tell(sitting.notice)
        if sitting.notice is not None:
            self.progress.sign.become(_SIGNS.get(sitting.notice.key, "exclamation"))

    def show_frame(self, pixels: NDArray[np.uint8]) -> None:
        """A live frame, RGB."""
        self.view.show_frame(pixels)

    def wipe(self) -> None:
        self.view.clear()

    def leave_off(self) -> None:
        self.view.clear()

    def arrange(self, scale: Scale) -> None:
        side = self.align(scale, self.title, self.lead, self.privacy)
        self.progress.arrange(scale)
        words = (self.title, 24, self.lead, 40, self.progress, 40, self.privacy, 48, (self.back, side))
        self.put_words(scale, *words)
        self.halve(scale, self.view, (6, 5))
