"""The hidden corner, the PIN pad and the operator page: how staff get in, and how the way closes behind them."""

from __future__ import annotations

import time

from PyQt5.QtCore import QObject, QRect, pyqtSignal
from PyQt5.QtWidgets import QApplication, QWidget

from kiosk.identification.attempts import AttemptCounters
from kiosk.ui.base import fit
from kiosk.ui.operator.operator_page import OperatorPage
from kiosk.ui.operator.pin_pad import Clock, Corner, PinPad
from kiosk.ui.operator.status import StationStatus
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import Look


class OperatorCorner(QObject):
    unlocked = pyqtSignal()
    opened = pyqtSignal()
    closed = pyqtSignal()
    witnessed = pyqtSignal()

    def __init__(
        self, window: QWidget, look: Look, clock: Clock = time.monotonic, attempts: AttemptCounters | None = None
    ) -> None:
        super().__init__(window)
        self.corner, self.pin_pad, self.page = (
            Corner(window, clock),
            PinPad(look.pin_hash, attempts),
            OperatorPage(look),
        )
        for overlay in (self.pin_pad, self.page):
            overlay.setParent(window)
            overlay.hide()
        self._scale = Scale(1.0, False)
        self._witnessing = False
        self.corner.called.connect(self.ask)
        self.pin_pad.right.connect(self._let_in)
        for way_out in (self.pin_pad.closed, self.page.closed):
            way_out.connect(self.close)

    @property
    def open(self) -> bool:
        """Whether the PIN pad or the operator's page lies over the screens."""
        return not (self.pin_pad.isHidden() and self.page.isHidden())

    def show_status(self, status: StationStatus) -> None:
        before = self.page.words_shown()
        self.page.show_status(status)
        if self.page.isVisible() and self.page.words_shown() != before:
            fit(self.page, self._scale, self.page.width(), self.page.height())

    def ask(self) -> None:
        """Puts up the PIN pad, over whatever is shown."""
        self._ask(witnessing=False)

    def witness(self) -> None:
        """As `ask`; the right PIN then says `witnessed` and opens nothing."""
        self._ask(witnessing=True)

    def stop_witnessing(self) -> None:
        """Nobody waits to be witnessed any more; a PIN typed later must not count for the next one."""
        if self._witnessing and self.pin_pad.isVisible():
            self.close()

    def _ask(self, witnessing: bool) -> None:
        self._witnessing = witnessing
        self.pin_pad.reset()
        fit(self.pin_pad, self._scale, self.pin_pad.width(), self.pin_pad.height())
        self.pin_pad.show()
        self.pin_pad.raise_()
        self.opened.emit()

    def close(self) -> None:
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self.page)
        self.page.idle.stop()
        self.pin_pad.reset()
        self.pin_pad.hide()
        self.page.hide()
        self.closed.emit()

    def place(self, below: QRect, scale: Scale) -> None:
        """Lays everything over the window, `below` its head line."""
        self._scale = scale
        self.corner.setGeometry(0, 0, scale.touch(120), max(scale.touch(120), below.top()))
        self.corner.raise_()
        for overlay in (self.pin_pad, self.page):
            overlay.setGeometry(below)
            fit(overlay, scale, below.width(), below.height())

    def _let_in(self) -> None:
        if self._witnessing:
            self.close()
            self.witnessed.emit()
        else:
            self._open()

    def _open(self) -> None:
        self.pin_pad.hide()
        fit(self.page, self._scale, self.page.width(), self.page.height())
        self.page.show()
        self.page.raise_()
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self.page)
        self.page.idle.start()
        self.unlocked.emit()
