"""The kiosk's only window: the header, the screens of the visit, and the overlays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QEvent, QSize, Qt, QTimer, pyqtSignal
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
from kiosk.ui.touch_filter import TouchFilter
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.header import Header, SimulationBanner
from kiosk.ui.widgets.help_banner import HelpBanner
from kiosk.ui.widgets.simulator_panel import SimulatorPanel
from kiosk.ui.widgets.still_there import StillTherePrompt
from kiosk.ui.widgets.toast import Toast
from kiosk.ui.widgets.translated import retranslate_all
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from kiosk.visit.transfer_progress import TransferProgress


class KioskWindow(QWidget):
    """Shows the visit; it decides nothing about it. `kiosk.ui.visit_connections` connects its buttons."""

    language_changed = pyqtSignal(str)
    quit_requested = pyqtSignal()

    def __init__(
        self,
        ui_settings: UiSettings,
        attempts: AttemptCounters | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        """`size` is the width and height with which it will be shown; default: those of the screen. A later change of
        the size applies the style sheet to every widget again."""
        super().__init__()
        self.resize(QSize(*size) if size else QApplication.primaryScreen().size())
        self.setObjectName("kiosk")
        self.setWindowTitle(ui_settings.station)
        self.setAttribute(Qt.WA_StyledBackground)
        self.setWindowFlags(Qt.Window | Qt.FramelessWindowHint | Qt.WindowStaysOnTopHint)  # type: ignore[arg-type]
        self.setContextMenuPolicy(Qt.NoContextMenu)
        self._ui_settings, self._may_close, self._locked = ui_settings, False, False
        self._scale: Scale | None = None
        self._step = Step.IDLE
        self.simulator: SimulatorPanel | None = None
        self.header, self.simulation_banner = Header(ui_settings.station), SimulationBanner()
        self.simulation_banner.setVisible(ui_settings.simulated)
        self._build_screens(ui_settings)
        self._build_overlays(ui_settings, attempts)
        self._connect()
        self.lockdown = Lockdown(self)
        self._update_layout()  # makes every label a child of the window, so that a change of language reaches it
        self.set_language(ui_settings.language)

    def _build_screens(self, ui_settings: UiSettings) -> None:
        self.screens = ScreenStack(ui_settings)
        self.welcome, self.identify, self.consent = self.screens.welcome, self.screens.identify, self.screens.consent
        self.document, self.last_four = self.screens.document, self.screens.last_four
        self.choose_enrolment, self.student_no = self.screens.choose_enrolment, self.screens.student_no
        self.prepare, self.pose, self.review = self.screens.prepare, self.screens.pose, self.screens.review
        self.payment = self.screens.payment
        self.done, self.ended, self.error = self.screens.done, self.screens.ended, self.screens.error
        box = column(self)
        box.setSizeConstraint(QLayout.SetNoConstraint)  # the screen decides the size, not its content
        self.help_banner = HelpBanner()
        for part in (self.simulation_banner, self.header, self.help_banner):
            box.addWidget(part)
        box.addWidget(self.screens, 1)

    def _build_overlays(self, ui_settings: UiSettings, attempts: AttemptCounters | None) -> None:
        self.still_there = StillTherePrompt(self)
        self.operator, self.toast = OperatorCorner(self, ui_settings, attempts=attempts), Toast(self)
        self.touch_filter = TouchFilter(self)

    def _connect(self) -> None:
        self.identify.staff_requested.connect(self.operator.confirm_identity)
        self.last_four.staff_requested.connect(self.operator.confirm_identity)
        self.payment.cash_requested.connect(self.operator.confirm_identity)
        self.header.languages.chosen.connect(self._choose_language)
        self.operator.opened.connect(self.unsetCursor)
        self.operator.closed.connect(self._hide_cursor)
        self.operator.page.quit_requested.connect(self._quit)

    @property
    def screen_name(self) -> str:
        """The object name of the screen that is shown."""
        return self.screens.currentWidget().objectName()

    def show_kiosk(self) -> None:
        """Show the window fullscreen and locked. The geometry is set explicitly because without a window manager
        showFullScreen() alone leaves the window at 640x480 (measured)."""
        application = QApplication.instance()
        if not self._locked and application is not None:
            application.installEventFilter(self.lockdown)
            self._locked = True
        self._hide_cursor()
        self.setGeometry(QApplication.primaryScreen().geometry())
        self.showFullScreen()
        self.raise_()
        self.activateWindow()

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        if visit.step is Step.IDLE and self._step is not Step.IDLE:
            self._clear_visit()
        self._step = visit.step
        if not (visit.asks_confirmation or visit.locked or visit.accepts_cash):
            self.operator.cancel_identity_confirmation()
        if visit.is_help_pending == self.help_banner.isHidden():
            self.help_banner.setVisible(visit.is_help_pending)
            self._update_layout()
        self.screens.show_visit(visit, now, timeouts)
        self._update_still_there(visit.seconds_to_timeout(now, timeouts))

    def _update_still_there(self, seconds: int | None) -> None:
        """Ask if somebody is still there, but not over the operator's own pages."""
        if self.still_there.show_seconds(None if self.operator.is_open else seconds):
            self.still_there.raise_()
            self.operator.corner.raise_()
            self._place_overlays()

    def show_frame(self, pixels: NDArray[np.uint8]) -> None:
        """Show a live frame, RGB. It is ignored in steps without a live view, and while a portrait is made."""
        if self._step is Step.IDENTIFY:
            self.identify.show_frame(pixels)
        if self._step is Step.DOCUMENT:
            self.document.show_frame(pixels)
        if self._step in (Step.POSE, Step.COUNTDOWN, Step.SHOOT) and not self.pose.processing:
            self.pose.live_view.show_frame(pixels)

    def show_advice(self, advice: Advice) -> None:
        if self._step in (Step.POSE, Step.COUNTDOWN):
            self.pose.show_advice(advice)

    def show_transfer(self, transfer: TransferProgress | None) -> None:
        self.pose.show_transfer(transfer)

    def show_status(self, status: StationStatus) -> None:
        simulated = self._ui_settings.simulated or status.simulated
        if simulated == self.simulation_banner.isHidden():
            self.simulation_banner.setVisible(simulated)
            self._update_layout()
        self.welcome.show_status(status)
        self.done.show_printing(status.printer_works)
        self.operator.show_status(status)

    def set_language(self, language: str) -> None:
        self._language = language
        retranslate_all(self, translations(language))
        self._update_layout()

    def attach_simulator(self, panel: SimulatorPanel) -> None:
        """Add the drawer with the student's actions. Only on a simulated station."""
        if not self._ui_settings.simulated:
            raise ValueError("A simulator panel belongs to a simulated station only.")
        self.simulator = panel
        panel.setParent(self)
        panel.update_layout(self._scale or Scale.for_window(self.width(), self.height()))
        retranslate_all(panel, translations(self._language))
        panel.toggled.connect(self._place_overlays)
        panel.show()
        self._update_layout()

    def leave_kiosk(self) -> None:
        """Let the window close, for the operator's quit button and for SIGTERM."""
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
        self._update_layout()

    def _update_layout(self) -> None:
        scale = Scale.for_window(self.width(), self.height())
        if scale != self._scale:
            self._scale = scale
            self.setStyleSheet(style_sheet(scale))
        self.simulation_banner.update_layout(scale)
        self.header.update_layout(scale)
        self.help_banner.update_layout(scale)
        self.screens.update_layout(scale, self.width(), self.height() - self._header_height())
        if self.simulator is not None:
            self.simulator.update_layout(scale)
        self._place_overlays()

    def _header_height(self) -> int:
        """Return the height of the widgets above every screen."""
        simulation_height = 0 if self.simulation_banner.isHidden() else self.simulation_banner.height()
        help_height = 0 if self.help_banner.isHidden() else self.help_banner.height()
        return simulation_height + self.header.sizeHint().height() + help_height

    def _place_overlays(self) -> None:
        scale, head = self._scale or Scale.for_window(self.width(), self.height()), self._header_height()
        below = self.rect().adjusted(0, head, 0, 0)
        self.still_there.setGeometry(below)
        fit(self.still_there, scale, below.width(), below.height())
        self.operator.place(below, scale)
        self.toast.place(self.width(), head, scale)
        if self.simulator is not None:
            self.simulator.place_on(self.width(), self.height(), head)

    def _clear_visit(self) -> None:
        """Remove all personal data, and return to the station's language."""
        self.screens.clear()
        self.toast.hide()
        if self._language != self._ui_settings.language:
            self._choose_language(self._ui_settings.language)

    def _choose_language(self, language: str) -> None:
        self.set_language(language)
        self.language_changed.emit(language)

    def _hide_cursor(self) -> None:
        if self._locked and not self._ui_settings.simulated:
            self.setCursor(Qt.BlankCursor)

    def _quit(self) -> None:
        self.leave_kiosk()
        self.quit_requested.emit()
