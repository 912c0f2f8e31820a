"""The kiosk's one window: the head line, the screens of the visit, and what may lie over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QEvent, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PyQt5.QtWidgets import QApplication, QLayout, QWidget

from config.i18n import translations
from kiosk.guidance.coaching.advice import Advice
from kiosk.identification.attempts import AttemptCounters
from kiosk.ui.base import column, fit
from kiosk.ui.lockdown import Lockdown
from kiosk.ui.operator.operator_corner import OperatorCorner
from kiosk.ui.operator.status import StationStatus
from kiosk.ui.screen_stack import ScreenStack
from kiosk.ui.theme import Scale, style_sheet
from kiosk.ui.touches import Touches
from kiosk.ui.ui_settings import Look
from kiosk.ui.widgets.header import Header, Ribbon
from kiosk.ui.widgets.help_sign import HelpSign
from kiosk.ui.widgets.simulator_panel import SimulatorPanel
from kiosk.ui.widgets.still_there import StillThere
from kiosk.ui.widgets.toast import Toast
from kiosk.ui.widgets.translated import speak_all
from kiosk.visit.state import VisitTimeouts, Step, VisitState
from kiosk.visit.transfer_progress import TransferProgress


class KioskWindow(QWidget):
    """Shows the sitting it is given and says what a person touched; it decides nothing about the visit."""

    started = pyqtSignal()
    confirmed = pyqtSignal()
    denied = pyqtSignal()
    witnessed = pyqtSignal()
    document_wanted = pyqtSignal()
    document_put_away = pyqtSignal()
    student_no_wanted = pyqtSignal()
    student_no_typed = pyqtSignal(str)
    student_no_left = pyqtSignal()
    last_four_typed = pyqtSignal(str)
    enrolment_chosen = pyqtSignal(int)
    all_enrolments_chosen = pyqtSignal()
    consented = pyqtSignal()
    declined = pyqtSignal()
    prepared = pyqtSignal()
    accepted = pyqtSignal()
    retake = pyqtSignal()
    finished = pyqtSignal()
    retried = pyqtSignal()
    left = pyqtSignal()
    help_asked = pyqtSignal()
    touched = pyqtSignal()
    language_changed = pyqtSignal(str)
    unlocked = pyqtSignal()
    quit_requested = pyqtSignal()
    resend = pyqtSignal(str)

    def __init__(self, look: Look, attempts: AttemptCounters | None = None) -> None:
        super().__init__()
        self.setObjectName("kiosk")
        self.setWindowTitle(look.station)
        self.setAttribute(Qt.WA_StyledBackground)
        self.setWindowFlags(Qt.Window | Qt.FramelessWindowHint | Qt.WindowStaysOnTopHint)  # type: ignore[arg-type]
        self.setContextMenuPolicy(Qt.NoContextMenu)
        self._look, self._may_close, self._locked = look, False, False
        self._scale: Scale | None = None
        self._step = Step.IDLE
        self.simulator: SimulatorPanel | None = None
        self.header, self.ribbon = Header(look.station), Ribbon()
        self.ribbon.setVisible(look.simulated)
        self._build_screens(look)
        self._build_overlays(look, attempts)
        self._connect()
        self.lockdown = Lockdown(self)
        self._arrange()  # makes every label a child of the window, where a language finds it
        self.set_language(look.language)

    def _build_screens(self, look: Look) -> None:
        self.screens = ScreenStack(look)
        self.welcome, self.identify, self.consent = self.screens.welcome, self.screens.identify, self.screens.consent
        self.document, self.last_four = self.screens.document, self.screens.last_four
        self.choose, self.student_no = self.screens.choose, self.screens.student_no
        self.prepare, self.pose, self.review = self.screens.prepare, self.screens.pose, self.screens.review
        self.done, self.ended, self.trouble = self.screens.done, self.screens.ended, self.screens.trouble
        box = column(self)
        box.setSizeConstraint(QLayout.SetNoConstraint)  # the screen decides the size, not what stands on it
        self.help_sign = HelpSign()
        for part in (self.ribbon, self.header, self.help_sign):
            box.addWidget(part)
        box.addWidget(self.screens, 1)

    def _build_overlays(self, look: Look, attempts: AttemptCounters | None) -> None:
        self.still_there = StillThere(self)
        self.operator, self.toast = OperatorCorner(self, look, attempts=attempts), Toast(self)
        self._touches = Touches(self)

    def _connect(self) -> None:
        self.welcome.started.connect(self.started)
        self.identify.left.connect(self.left)
        self.identify.confirmed.connect(self.confirmed)
        self.identify.denied.connect(self.denied)
        self.identify.staff_asked.connect(self.operator.witness)
        self.operator.witnessed.connect(self.witnessed)
        self.identify.document_wanted.connect(self.document_wanted)
        self.document.put_away.connect(self.document_put_away)
        self.identify.student_no_wanted.connect(self.student_no_wanted)
        self.student_no.typed.connect(self.student_no_typed)
        self.student_no.left.connect(self.student_no_left)
        self.last_four.typed.connect(self.last_four_typed)
        self.last_four.left.connect(self.left)
        self.last_four.staff_asked.connect(self.operator.witness)
        self.choose.chosen.connect(self.enrolment_chosen)
        self.choose.all_chosen.connect(self.all_enrolments_chosen)
        self.choose.left.connect(self.left)
        self.consent.consented.connect(self.consented)
        self.consent.declined.connect(self.declined)
        self.prepare.prepared.connect(self.prepared)
        self.prepare.left.connect(self.left)
        self.pose.left.connect(self.left)
        self.review.accepted.connect(self.accepted)
        self.review.retake.connect(self.retake)
        self.done.finished.connect(self.finished)
        self.trouble.retried.connect(self.retried)
        self.trouble.left.connect(self.left)
        self.trouble.help_asked.connect(self.help_asked)
        self.pose.help_asked.connect(self.help_asked)
        self.ended.finished.connect(self.left)
        self.still_there.touched.connect(self.touched)
        self._touches.touched.connect(self.touched)
        self.header.languages.chosen.connect(self._choose_language)
        self.operator.opened.connect(self.unsetCursor)
        self.operator.closed.connect(self._hide_cursor)
        self.operator.unlocked.connect(self.unlocked)
        self.operator.page.resend.connect(self.resend)
        self.operator.page.quit_requested.connect(self._quit)

    @property
    def screen_name(self) -> str:
        """The object name of the screen that is shown."""
        return self.screens.currentWidget().objectName()

    def show_kiosk(self) -> None:
        """Fullscreen and locked. The geometry is set by hand because without a window manager showFullScreen() alone
        leaves the window at 640x480 (measured)."""
        application = QApplication.instance()
        if not self._locked and application is not None:
            application.installEventFilter(self.lockdown)
            self._locked = True
        self._hide_cursor()
        self.setGeometry(QApplication.primaryScreen().geometry())
        self.showFullScreen()
        self.raise_()
        self.activateWindow()

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        if sitting.step is Step.IDLE and self._step is not Step.IDLE:
            self._forget()
        self._step = sitting.step
        if not (sitting.asks_who or sitting.locked):
            self.operator.stop_witnessing()
        if sitting.calls_for_help == self.help_sign.isHidden():
            self.help_sign.setVisible(sitting.calls_for_help)
            self._arrange()
        self.screens.show_sitting(sitting, now, pace)
        self._ask_whether_there(sitting.warning(now, pace))

    def _ask_whether_there(self, seconds: int | None) -> None:
        """Not over the operator's own pages."""
        if self.still_there.show_seconds(None if self.operator.open else seconds):
            self.still_there.raise_()
            self.operator.corner.raise_()
            self._place_overlays()

    def show_frame(self, pixels: NDArray[np.uint8]) -> None:
        """A live frame, RGB. Dropped unless somebody is posing or shows something, and while their portrait is being
        developed."""
        if self._step is Step.IDENTIFY:
            self.identify.show_frame(pixels)
        if self._step is Step.DOCUMENT:
            self.document.show_frame(pixels)
        if self._step in (Step.POSE, Step.COUNTDOWN, Step.SHOOT) and not self.pose.developing:
            self.pose.live.show_frame(pixels)

    def show_advice(self, advice: Advice) -> None:
        if self._step in (Step.POSE, Step.COUNTDOWN):
            self.pose.show_advice(advice)

    def show_transfer(self, transfer: TransferProgress | None) -> None:
        self.pose.show_transfer(transfer)

    def show_status(self, status: StationStatus) -> None:
        simulated = self._look.simulated or status.simulated
        if simulated == self.ribbon.isHidden():
            self.ribbon.setVisible(simulated)
            self._arrange()
        self.welcome.show_status(status)
        self.done.show_printer(status.printer_well)
        self.operator.show_status(status)

    def set_language(self, language: str) -> None:
        self._language = language
        speak_all(self, translations(language))
        self._arrange()

    def attach_simulator(self, panel: SimulatorPanel) -> None:
        """Adds the drawer that plays the student. Only on a simulated station."""
        if not self._look.simulated:
            raise ValueError("A simulator panel belongs to a simulated station only.")
        self.simulator = panel
        panel.setParent(self)
        panel.arrange(self._scale or Scale.of(self.width(), self.height()))
        speak_all(panel, translations(self._language))
        panel.toggled.connect(self._place_overlays)
        panel.show()
        self._arrange()

    def leave_kiosk(self) -> None:
        """Lets the window close: for the operator's quit and for a service manager's SIGTERM."""
        self._may_close = True
        application = QApplication.instance()
        if self._locked and application is not None:
            application.removeEventFilter(self.lockdown)
            self.operator.close()
            self._locked = False
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept() if self._may_close else event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.WindowStateChange and self._locked and self.isMinimized():
            QTimer.singleShot(0, self.show_kiosk)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key_F2 and self.simulator is not None:
            self.simulator.toggle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        scale = Scale.of(self.width(), self.height())
        if scale != self._scale:
            self._scale = scale
            self.setStyleSheet(style_sheet(scale))
        self.ribbon.arrange(scale)
        self.header.arrange(scale)
        self.help_sign.arrange(scale)
        self.screens.arrange(scale, self.width(), self.height() - self._head())
        if self.simulator is not None:
            self.simulator.arrange(scale)
        self._place_overlays()

    def _head(self) -> int:
        """The height of what stands above every screen."""
        ribbon = 0 if self.ribbon.isHidden() else self.ribbon.height()
        sign = 0 if self.help_sign.isHidden() else self.help_sign.height()
        return ribbon + self.header.sizeHint().height() + sign

    def _place_overlays(self) -> None:
        scale, head = self._scale or Scale.of(self.width(), self.height()), self._head()
        below = self.rect().adjusted(0, head, 0, 0)
        self.still_there.setGeometry(below)
        fit(self.still_there, scale, below.width(), below.height())
        self.operator.place(below, scale)
        self.toast.place(self.width(), head, scale)
        if self.simulator is not None:
            self.simulator.place_on(self.width(), self.height(), head)

    def _forget(self) -> None:
        """Nothing of the person stays, and the next one starts in the station's language."""
        self.screens.wipe()
        self.toast.hide()
        if self._language != self._look.language:
            self._choose_language(self._look.language)

    def _choose_language(self, language: str) -> None:
        self.set_language(language)
        self.language_changed.emit(language)

    def _hide_cursor(self) -> None:
        if self._locked and not self._look.simulated:
            self.setCursor(Qt.BlankCursor)

    def _quit(self) -> None:
        self.leave_kiosk()
        self.quit_requested.emit()
