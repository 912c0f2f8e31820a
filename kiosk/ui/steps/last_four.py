"""The screen on which everybody without a card types the last four characters of their ID number."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal

from kiosk.identification.last_four import LENGTH
from kiosk.ui.base import Halves, Notice, fill
from kiosk.ui.operator.pin_pad import Dots
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.keypad import Keypad
from kiosk.ui.widgets.translated import Button, Text
from kiosk.visit.state import VisitTimeouts, VisitState


class LastFourScreen(Halves):
    """Shows the masked name and nothing else of the person; of what is typed, only how much."""

    typed = pyqtSignal(str)
    left = pyqtSignal()
    staff_asked = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("last_four", picture_first=False)
        self.name = Text(role="accent")
        self.title = Text("screen.last_four.title", "title")
        self.lead = Text("screen.last_four.lead", "lead")
        self.notice = Notice("last_four_notice")
        self.dots = Dots()
        self.keypad = Keypad("last_four", LENGTH, LENGTH)
        self.keypad.changed.connect(lambda typed: self.dots.show_count(len(typed)))
        self.keypad.entered.connect(self.typed)
        self.staff = Button("screen.last_four.staff", "last_four_staff", "primary")
        self.back = Button("screen.leave", "last_four_back", "quiet")
        self.staff.clicked.connect(self.staff_asked)
        self.back.clicked.connect(self.left)

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        self.name.write(sitting.sitter.name if sitting.sitter is not None else "")
        self.notice.setVisible(sitting.notice is not None)
        self.notice.text.tell(sitting.notice)
        self.title.say("screen.last_four.for_staff" if sitting.locked else "screen.last_four.title")
        self.lead.say("screen.last_four.checking" if sitting.checking else "screen.last_four.lead")
        for part in (self.lead, self.keypad, self.dots):
            part.setHidden(sitting.locked)
        self.staff.setVisible(sitting.locked)
        self.keypad.allow(not sitting.checking and not sitting.locked)

    def wipe(self) -> None:
        self.leave_off()
        self.name.wipe()
        self.notice.text.wipe()

    def leave_off(self) -> None:
        self.keypad.clear()

    def arrange(self, scale: Scale) -> None:
        side = self.align(scale, self.name, self.title, self.lead)
        self.notice.arrange(scale)
        self.dots.setFixedHeight(scale.px(72))
        self.dots.setFixedWidth(scale.px(280))
        words = (self.name, 8, self.title, 20, self.lead, 28, (self.dots, side), 20, self.notice, 28, self.staff)
        self.put_words(scale, *words, 24, (self.back, side))
        self.keypad.arrange(scale)
        self.halve(scale, self.keypad, (6, 5), gap=64)
        if scale.tall:  # what to type stands above the keys
            fill(self._rows, scale, 1.0, self._words, self.keypad, 1.0)
