"""The screen on which a student with several enrolments chooses the one of the portrait."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QWidget

from kiosk.ui.base import Screen, column, fill_layout
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.choice_button import ChoiceButton
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.sitter import EnrolmentChoice
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts


class ChooseEnrolmentScreen(Screen):
    """A button for each enrolment, with its label."""

    chosen = pyqtSignal(int)
    all_chosen = pyqtSignal()
    leave_requested = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("choose")
        self.name = Label(role="accent")
        self.title = Label("screen.choose.title", "title")
        self.lead = Label("screen.choose.lead", "lead")
        self.all_button = ChoiceButton("choose_all", key="screen.choose.all")
        self.all_button.clicked.connect(self.all_chosen)
        self.back_button = Button("screen.leave", "choose_leave", "quiet")
        self.back_button.clicked.connect(self.leave_requested)
        self.buttons: list[ChoiceButton] = []
        self._shown_enrolments: tuple[EnrolmentChoice, ...] = ()
        self._choices = QWidget()
        self._choices_box = column(self._choices)
        self._box = column(self)

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        if visit.sitter is None:
            return
        self.name.set_key("screen.consent.you_named", name=visit.sitter.name)
        self.all_button.setVisible(visit.sitter.shareable)
        if visit.sitter.enrolments != self._shown_enrolments:
            self._show_enrolments(visit.sitter.enrolments)

    def clear(self) -> None:
        self.name.clear()
        self._show_enrolments(())

    def update_layout(self, scale: Scale) -> None:
        self._choices_box.setSpacing(scale.px(20))
        for button in (*self.buttons, self.all_button):
            button.update_layout(scale)
        side = 80 if scale.tall else 280
        self._box.setContentsMargins(scale.px(side), scale.px(10), scale.px(side), scale.px(48))
        head = (self.name, 8, self.title, 16, self.lead, 36)
        fill_layout(
            self._box, scale, 1.0, *head, self._choices, 20, self.all_button, 36, (self.back_button, Qt.AlignLeft), 1.0
        )

    def _show_enrolments(self, enrolments: tuple[EnrolmentChoice, ...]) -> None:
        self._shown_enrolments = enrolments
        for button in self.buttons:
            self._choices_box.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._create_button(place, enrolment) for place, enrolment in enumerate(enrolments)]
        for button in self.buttons:
            self._choices_box.addWidget(button)

    def _create_button(self, place: int, enrolment: EnrolmentChoice) -> ChoiceButton:
        text = "\n".join(line for line in (enrolment.label, enrolment.campaign_name) if line)
        button = ChoiceButton(f"choose_{place}", text)
        button.clicked.connect(lambda: self.chosen.emit(place))
        return button
