"""The last screen: thanks, and a receipt as a QR code."""

from __future__ import annotations

import math

import qrcode
from PyQt5.QtCore import QRectF, Qt, pyqtSignal
from PyQt5.QtWidgets import QSizePolicy, QWidget
from qrcode.constants import ERROR_CORRECT_M

from kiosk.ui.base import SplitScreen
from kiosk.ui.painting.icons import create_painter
from kiosk.ui.theme import Scale, colour
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts


class ReceiptQrCode(QWidget):
    """A QR code painted as squares on whole pixels, with the quiet zone of four modules that ISO/IEC 18004 requires."""

    QUIET_ZONE_MODULES = 4

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("receipt")
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self._text = ""
        self._modules: list[list[bool]] = []

    @property
    def text(self) -> str:
        return self._text

    def encode(self, text: str) -> None:
        if text == self._text:
            return
        self._text, self._modules = text, []
        if text:
            code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
            code.add_data(text)
            code.make(fit=True)
            self._modules = [[bool(dark) for dark in line] for line in code.get_matrix()]
        self.update()

    def paintEvent(self, event: object) -> None:
        if not self._modules:
            return
        painter = create_painter(self)
        count = len(self._modules) + 2 * self.QUIET_ZONE_MODULES
        step = min(self.width(), self.height()) // count
        left, top = (self.width() - step * count) // 2, (self.height() - step * count) // 2
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour("card"))
        painter.drawRoundedRect(QRectF(left, top, step * count, step * count), step * 2, step * 2)
        painter.setRenderHint(painter.Antialiasing, False)
        for y, line in enumerate(self._modules):
            for x, dark in enumerate(line):
                if dark:
                    at_x, at_y = left + (x + self.QUIET_ZONE_MODULES) * step, top + (y + self.QUIET_ZONE_MODULES) * step
                    painter.fillRect(at_x, at_y, step, step, colour("ink"))


class DoneScreen(SplitScreen):
    finished = pyqtSignal()

    def __init__(self, ui_settings: UiSettings) -> None:
        super().__init__("done")
        self._countdown_key = "screen.done.seconds" if ui_settings.has_card_reader else "screen.done.seconds_plain"
        self.receipt = ReceiptQrCode()
        self.name = Label(role="accent")
        self.title = Label("screen.done.title", "title")
        self.scan = Label("screen.done.scan", "lead")
        self.steps = [Label(f"screen.done.step{k}", "body") for k in (1, 2, 3)]
        self.finish = Button("screen.done.finish", "finish", "primary")
        self.finish.clicked.connect(self.finished)
        self.seconds = Label(role="small")
        self.printing = Label("screen.done.printing", "strong")
        self.printing.hide()

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        if visit.sitter is not None:
            self.name.set_key("screen.done.you", name=visit.sitter.name)
            address = visit.sitter.progress_url
            self.receipt.encode(address)
            for part in (self.scan, self.steps[2]):
                part.setVisible(bool(address))
        self.seconds.set_key(self._countdown_key, seconds=max(0, math.ceil(timeouts.done - (now - visit.since))))

    def show_printing(self, works: bool) -> None:
        """Show whether the printer prints a receipt, as far as it reports."""
        self.printing.setVisible(works)

    def clear(self) -> None:
        self.name.clear()
        self.receipt.encode("")

    def update_layout(self, scale: Scale) -> None:
        side = self.align_labels(scale, self.name, self.title, self.scan, *self.steps, self.printing, self.seconds)
        steps = (self.steps[0], 12, self.steps[1], 12, self.steps[2])
        words = (
            self.name,
            8,
            self.title,
            16,
            self.scan,
            20,
            self.printing,
            28,
            *steps,
            48,
            (self.finish, side),
            20,
            self.seconds,
        )
        self.set_texts(scale, *words)
        self.split(scale, self.receipt, (5, 6))
