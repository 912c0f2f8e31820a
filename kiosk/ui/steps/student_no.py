"""The screen on which a student types their student number, where the station has nothing to read it with."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import pyqtSignal

from kiosk.ui.base import Halves, Notice, fill
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.keypad import Keypad
from kiosk.ui.widgets.translated import Button, Text
from kiosk.visit.state import VisitTimeouts, VisitState

SHORTEST: Final = 4
LONGEST: Final = 20


class StudentNoScreen(Halves):
    typed = pyqtSignal(str)
    left = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("student_no", picture_first=False)
        self.title = Text("screen.student_no.title", "title")
        self.lead = Text("screen.student_no.lead", "lead")
        self.shown = Text(role="hint", wrap=False)
        self.shown.setObjectName("student_no_shown")
        self.notice = Notice("student_no_notice")
        self.keypad = Keypad("student_no", SHORTEST, LONGEST)
        self.keypad.changed.connect(lambda typed: self.shown.write(typed or "—"))
        self.keypad.entered.connect(self.typed)
        self.back = Button("screen.back", "student_no_back", "quiet")
        self.back.clicked.connect(self.left)
        self.shown.write("—")

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        self.notice.setVisible(sitting.notice is not None)
        self.notice.text.tell(sitting.notice)

    def wipe(self) -> None:
        self.leave_off()
        self.notice.text.wipe()

    def leave_off(self) -> None:
        self.keypad.clear()

    def arrange(self, scale: Scale) -> None:
        side = self.align(scale, self.title, self.lead, self.shown)
        self.notice.arrange(scale)
        words = (self.title, 20, self.lead, 28, self.shown, 20, self.notice)
        self.put_words(scale, *words, 24, (self.back, side))
        self.keypad.arrange(scale)
        self.halve(scale, self.keypad, (6, 5), gap=64)
        if scale.tall:
            fill(self._rows, scale, 1.0, self._words, self.keypad, 1.0)
