"""The screens of the visit, of which one is shown; each is fitted to its text."""

from __future__ import annotations

from PyQt5.QtWidgets import QStackedWidget, QWidget

from kiosk.ui.base import Screen, fit
from kiosk.ui.steps.choose_enrolment import ChooseEnrolmentScreen
from kiosk.ui.steps.consent import ConsentScreen
from kiosk.ui.steps.document import DocumentScreen
from kiosk.ui.steps.done import DoneScreen
from kiosk.ui.steps.ended import EndedScreen
from kiosk.ui.steps.error import ErrorScreen
from kiosk.ui.steps.identify import IdentifyScreen
from kiosk.ui.steps.last_four import LastFourScreen
from kiosk.ui.steps.payment import PaymentScreen
from kiosk.ui.steps.pose import PoseScreen
from kiosk.ui.steps.prepare import PrepareScreen
from kiosk.ui.steps.review import ReviewScreen
from kiosk.ui.steps.student_no import StudentNoScreen
from kiosk.ui.steps.welcome import WelcomeScreen
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import UiSettings
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts


class ScreenStack(QStackedWidget):
    def __init__(self, ui_settings: UiSettings) -> None:
        super().__init__()
        self.welcome, self.identify, self.consent = (
            WelcomeScreen(ui_settings),
            IdentifyScreen(ui_settings),
            ConsentScreen(),
        )
        self.document, self.student_no = DocumentScreen(), StudentNoScreen()
        self.last_four, self.choose_enrolment = LastFourScreen(), ChooseEnrolmentScreen()
        self.prepare, self.pose, self.review = PrepareScreen(ui_settings), PoseScreen(ui_settings), ReviewScreen()
        self.payment = PaymentScreen()
        self.done, self.ended, self.error = DoneScreen(ui_settings), EndedScreen(), ErrorScreen(ui_settings)
        posing = dict.fromkeys((Step.POSE, Step.COUNTDOWN, Step.SHOOT), self.pose)
        self.by_step: dict[Step, Screen] = {
            Step.IDLE: self.welcome,
            Step.IDENTIFY: self.identify,
            Step.DOCUMENT: self.document,
            Step.STUDENT_NO: self.student_no,
            Step.LAST_FOUR: self.last_four,
            Step.CHOOSE: self.choose_enrolment,
            Step.CONSENT: self.consent,
            Step.PREPARE: self.prepare,
            **posing,
            Step.REVIEW: self.review,
            Step.PAYMENT: self.payment,
            Step.DONE: self.done,
            Step.ENDED: self.ended,
            Step.ERROR: self.error,
        }
        for screen in self._screens():
            self.addWidget(screen)
        self._scale: Scale | None = None
        self._available_size = (0, 0)
        self._fitted_content: dict[QWidget, object] = {}
        self.pose.text_changed.connect(lambda: self._fit(self.pose, self.pose.content))

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        screen = self.by_step[visit.step]
        screen.show_visit(visit, now, timeouts)
        before = self.currentWidget()
        if isinstance(before, Screen) and before is not screen:
            self.setCurrentWidget(screen)
            before.on_leave()
        printing = self.done.printing.isHidden()
        paying = self.payment.content(visit) if visit.step is Step.PAYMENT else bool(visit.unpaid_fen)
        texts = _texts_of_sitter(visit)
        content = (visit.step, visit.notice, visit.locked, visit.portrait is None, texts, printing, paying)
        self._fit(screen, self.pose.content if screen is self.pose else content)

    def update_layout(self, scale: Scale, width: int, height: int) -> None:
        """Lay the screens out for that size, so that every word of the present one is visible. The others are laid out
        only if the scale has changed, and fitted when they are shown."""
        if scale != self._scale:
            for screen in self._screens():
                screen.update_layout(scale)
        self._scale, self._available_size = scale, (width, height)
        self._fitted_content.clear()
        self._fit(self.currentWidget(), None)

    def clear(self) -> None:
        """Remove all personal data from the widgets."""
        for screen in self._screens():
            screen.clear()

    def _screens(self) -> tuple[Screen, ...]:
        return tuple(dict.fromkeys(self.by_step.values()))

    def _fit(self, screen: QWidget, content: object) -> None:
        """Fit a screen, unless its `content` is the same as at the last fit."""
        if self._fitted_content.get(screen, self) != content and self._scale is not None:
            self._fitted_content[screen] = content
            fit(screen, self._scale, *self._available_size)


def _texts_of_sitter(visit: VisitState) -> int:
    """Return a number that differs if a screen shows other texts about the sitter: a longer name or a further enrolment
    needs more room. It is a hash, so that no name remains here after the visit."""
    sitter = visit.sitter
    if sitter is None:
        return 0
    return hash((visit.asks_confirmation, sitter.name, sitter.document, sitter.enrolments, sitter.shareable))
