"""The screen on which a student types their student number, for a station without a scanner."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import pyqtSignal

from kiosk.ui.base import Notice, SplitScreen, fill_layout
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.keypad import Keypad
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts

MIN_LENGTH: Final = 4
MAX_LENGTH: Final = 20


class StudentNoScreen(SplitScreen):
    submitted = pyqtSignal(str)
    leave_requested = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("student_no", picture_first=False)
        self.title = Label("screen.student_no.title", "title")
        self.lead = Label("screen.student_no.lead", "lead")
        self.typed_label = Label(role="hint", wrap=False)
        self.typed_label.setObjectName("student_no_shown")
        self.notice = Notice("student_no_notice")
        self.keypad = Keypad("student_no", MIN_LENGTH, MAX_LENGTH)
        self.keypad.changed.connect(lambda typed: self.typed_label.set_text(typed or "—"))
        self.keypad.submitted.connect(self.submitted)
        self.back_button = Button("screen.back", "student_no_back", "quiet")
        self.back_button.clicked.connect(self.leave_requested)
        self.typed_label.set_text("—")

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        self.notice.setVisible(visit.notice is not None)
        self.notice.label.set_message(visit.notice)

    def clear(self) -> None:
        self.on_leave()
        self.notice.label.clear()

    def on_leave(self) -> None:
        self.keypad.clear()

    def update_layout(self, scale: Scale) -> None:
        side = self.align_labels(scale, self.title, self.lead, self.typed_label)
        self.notice.update_layout(scale)
        texts = (self.title, 20, self.lead, 28, self.typed_label, 20, self.notice)
        self.set_texts(scale, *texts, 24, (self.back_button, side))
        self.keypad.update_layout(scale)
        self.split(scale, self.keypad, (6, 5), gap=64)
        if scale.tall:
            fill_layout(self._split_layout, scale, 1.0, self._text_column, self.keypad, 1.0)
