"""The screen on which everybody without a card types the last four characters of their ID number."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal

from kiosk.identification.last_four import LENGTH
from kiosk.ui.base import Notice, SplitScreen, fill_layout
from kiosk.ui.operator.pin_pad import TypedDots
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.keypad import Keypad
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts


class LastFourScreen(SplitScreen):
    """Shows the masked name, and how many characters were typed, but not which."""

    submitted = pyqtSignal(str)
    leave_requested = pyqtSignal()
    staff_requested = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("last_four", picture_first=False)
        self.name = Label(role="accent")
        self.title = Label("screen.last_four.title", "title")
        self.lead = Label("screen.last_four.lead", "lead")
        self.notice = Notice("last_four_notice")
        self.dots = TypedDots()
        self.keypad = Keypad("last_four", LENGTH, LENGTH)
        self.keypad.changed.connect(lambda typed: self.dots.show_count(len(typed)))
        self.keypad.submitted.connect(self.submitted)
        self.staff = Button("screen.last_four.staff", "last_four_staff", "primary")
        self.back_button = Button("screen.leave", "last_four_back", "quiet")
        self.staff.clicked.connect(self.staff_requested)
        self.back_button.clicked.connect(self.leave_requested)

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        self.name.set_text(visit.sitter.name if visit.sitter is not None else "")
        self.notice.setVisible(visit.notice is not None)
        self.notice.label.set_message(visit.notice)
        self.title.set_key("screen.last_four.for_staff" if visit.locked else "screen.last_four.title")
        self.lead.set_key("screen.last_four.checking" if visit.checking else "screen.last_four.lead")
        for part in (self.lead, self.keypad, self.dots):
            part.setHidden(visit.locked)
        self.staff.setVisible(visit.locked)
        self.keypad.set_ready(not visit.checking and not visit.locked)

    def clear(self) -> None:
        self.on_leave()
        self.name.clear()
        self.notice.label.clear()

    def on_leave(self) -> None:
        self.keypad.clear()

    def update_layout(self, scale: Scale) -> None:
        side = self.align_labels(scale, self.name, self.title, self.lead)
        self.notice.update_layout(scale)
        self.dots.setFixedHeight(scale.px(72))
        self.dots.setFixedWidth(scale.px(280))
        texts = (self.name, 8, self.title, 20, self.lead, 28, (self.dots, side), 20, self.notice, 28, self.staff)
        self.set_texts(scale, *texts, 24, (self.back_button, side))
        self.keypad.update_layout(scale)
        self.split(scale, self.keypad, (6, 5), gap=64)
        if scale.tall:  # the instruction is above the keys
            fill_layout(self._split_layout, scale, 1.0, self._text_column, self.keypad, 1.0)
