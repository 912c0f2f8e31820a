"""The screen on which a student without a card shows a document to the camera."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import pyqtSignal

from kiosk.ui.base import Notice, SplitScreen
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.document_view import DocumentView
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts

_ICONS: Final = {"document.searching": "dash", "document.confirming": "tick"}


class DocumentScreen(SplitScreen):
    """A live view, the progress of the reading, and a button to go back. It stores no picture."""

    closed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("document")
        self.view = DocumentView()
        self.title = Label("screen.document.title", "title")
        self.lead = Label("screen.document.lead", "lead")
        self.progress = Notice("document_progress", "plain", "dash")
        self.privacy = Label("screen.document.privacy", "small")
        self.back_button = Button("screen.document.back", "document_back", "quiet")
        self.back_button.clicked.connect(self.closed)

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        self.progress.setVisible(visit.notice is not None)
        self.progress.label.set_message(visit.notice)
        if visit.notice is not None:
            self.progress.icon.set_kind(_ICONS.get(visit.notice.key, "exclamation"))

    def show_frame(self, pixels: NDArray[np.uint8]) -> None:
        """Show a live frame, RGB."""
        self.view.show_frame(pixels)

    def clear(self) -> None:
        self.view.clear()

    def on_leave(self) -> None:
        self.view.clear()

    def update_layout(self, scale: Scale) -> None:
        side = self.align_labels(scale, self.title, self.lead, self.privacy)
        self.progress.update_layout(scale)
        texts = (self.title, 24, self.lead, 40, self.progress, 40, self.privacy, 48, (self.back_button, side))
        self.set_texts(scale, *texts)
        self.split(scale, self.view, (6, 5))
