"""Asks somebody with several enrolments which of them the portrait is for."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QPushButton, QSizePolicy, QWidget

from kiosk.ui.base import Screen, column, fill
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Button, Text
from kiosk.visit.state import EnrolmentChoice, VisitTimeouts, VisitState


class ChooseScreen(Screen):
    """A button for each enrolment, with what tells it from the others."""

    chosen = pyqtSignal(int)
    all_chosen = pyqtSignal()
    left = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("choose")
        self.name = Text(role="accent")
        self.title = Text("screen.choose.title", "title")
        self.lead = Text("screen.choose.lead", "lead")
        self.all = Button("screen.choose.all", "choose_all", "choice")
        self.all.clicked.connect(self.all_chosen)
        self.back = Button("screen.leave", "choose_leave", "quiet")
        self.back.clicked.connect(self.left)
        self.buttons: list[QPushButton] = []
        self._shown: tuple[EnrolmentChoice, ...] = ()
        self._choices = QWidget()
        self._choices_box = column(self._choices)
        self._box = column(self)

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        if sitting.sitter is None:
            return
        self.name.say("screen.consent.you_named", name=sitting.sitter.name)
        self.all.setVisible(sitting.sitter.shareable)
        if sitting.sitter.enrolments != self._shown:
            self._show(sitting.sitter.enrolments)

    def wipe(self) -> None:
        self.name.wipe()
        self._show(())

    def arrange(self, scale: Scale) -> None:
        self._choices_box.setSpacing(scale.px(20))
        side = 80 if scale.tall else 280
        self._box.setContentsMargins(scale.px(side), scale.px(10), scale.px(side), scale.px(48))
        head = (self.name, 8, self.title, 16, self.lead, 36)
        fill(self._box, scale, 1.0, *head, self._choices, 20, self.all, 36, (self.back, Qt.AlignLeft), 1.0)

    def _show(self, enrolments: tuple[EnrolmentChoice, ...]) -> None:
        self._shown = enrolments
        for button in self.buttons:
            self._choices_box.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(place, enrolment) for place, enrolment in enumerate(enrolments)]
        for button in self.buttons:
            self._choices_box.addWidget(button)

    def _button(self, place: int, enrolment: EnrolmentChoice) -> QPushButton:
        button = QPushButton("\n".join(line for line in (enrolment.label, enrolment.campaign_name) if line))
        button.setObjectName(f"choose_{place}")
        button.setProperty("kind", "choice")
        button.setFocusPolicy(Qt.NoFocus)
        button.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        button.clicked.connect(lambda: self.chosen.emit(place))
        return button
