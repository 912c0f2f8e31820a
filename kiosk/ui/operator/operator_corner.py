"""The hidden corner, the PIN pad and the operator page: how staff open the page, and how it closes again."""

from __future__ import annotations

import time

from PyQt5.QtCore import QObject, QRect, pyqtSignal
from PyQt5.QtWidgets import QApplication, QWidget

from kiosk.identification.attempts import AttemptCounters
from kiosk.ui.base import fit
from kiosk.ui.operator.operator_page import OperatorPage
from kiosk.ui.operator.pin_pad import Clock, HiddenCorner, PinPad
from kiosk.ui.operator.status import StationStatus
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import UiSettings


class OperatorCorner(QObject):
    unlocked = pyqtSignal()
    opened = pyqtSignal()
    closed = pyqtSignal()
    identity_confirmed = pyqtSignal()

    def __init__(
        self,
        window: QWidget,
        ui_settings: UiSettings,
        clock: Clock = time.monotonic,
        attempts: AttemptCounters | None = None,
    ) -> None:
        super().__init__(window)
        self.corner, self.pin_pad, self.page = (
            HiddenCorner(window, clock),
            PinPad(ui_settings.pin_hash, attempts),
            OperatorPage(ui_settings),
        )
        for overlay in (self.pin_pad, self.page):
            overlay.setParent(window)
            overlay.hide()
        self._scale = Scale(1.0, False)
        self._placed_at: Scale | None = None
        self._confirming_identity = False
        self.corner.tapped.connect(self.show_pin_pad)
        self.pin_pad.accepted.connect(self._on_pin_accepted)
        for closed in (self.pin_pad.closed, self.page.closed):
            closed.connect(self.close)

    @property
    def is_open(self) -> bool:
        """Whether the PIN pad or the operator page covers the screens."""
        return not (self.pin_pad.isHidden() and self.page.isHidden())

    def show_status(self, status: StationStatus) -> None:
        before = self.page.visible_texts()
        self.page.show_status(status)
        if self.page.isVisible() and self.page.visible_texts() != before:
            fit(self.page, self._scale, self.page.width(), self.page.height())

    def show_pin_pad(self) -> None:
        """Show the PIN pad over the present screen."""
        self._show_pin_pad(confirming_identity=False)

    def confirm_identity(self) -> None:
        """Show the PIN pad; the right PIN then emits `identity_confirmed` and opens nothing."""
        self._show_pin_pad(confirming_identity=True)

    def cancel_identity_confirmation(self) -> None:
        """Close the PIN pad if no sitter waits for confirmation: a late PIN must not confirm the next sitter."""
        if self._confirming_identity and self.pin_pad.isVisible():
            self.close()

    def _show_pin_pad(self, confirming_identity: bool) -> None:
        self._confirming_identity = confirming_identity
        self.pin_pad.reset()
        fit(self.pin_pad, self._scale, self.pin_pad.width(), self.pin_pad.height())
        self.pin_pad.show()
        self.pin_pad.raise_()
        self.opened.emit()

    def close(self) -> None:
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self.page)
        self.page.idle_timer.stop()
        self.pin_pad.reset()
        self.pin_pad.hide()
        self.page.hide()
        self.closed.emit()

    def place(self, below: QRect, scale: Scale) -> None:
        """Lay the overlays out, `below` the header of the window.

        A hidden overlay is fitted when it is opened, because fitting both takes a fifth of a second and would delay
        every change of the language.
        """
        changed = scale != self._placed_at
        self._scale = self._placed_at = scale
        self.corner.setGeometry(0, 0, scale.touch(120), max(scale.touch(120), below.top()))
        self.corner.raise_()
        for overlay in (self.pin_pad, self.page):
            overlay.setGeometry(below)
            if not overlay.isHidden():
                fit(overlay, scale, below.width(), below.height())
            elif changed:
                overlay.update_layout(scale)

    def _on_pin_accepted(self) -> None:
        if self._confirming_identity:
            self.close()
            self.identity_confirmed.emit()
        else:
            self._open_page()

    def _open_page(self) -> None:
        self.pin_pad.hide()
        fit(self.page, self._scale, self.page.width(), self.page.height())
        self.page.show()
        self.page.raise_()
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self.page)
        self.page.idle_timer.start()
        self.unlocked.emit()
