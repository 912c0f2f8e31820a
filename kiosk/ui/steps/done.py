"""The last screen: thanks, and a receipt to take away as a QR code."""

from __future__ import annotations

import math

import qrcode
from PyQt5.QtCore import QRectF, Qt, pyqtSignal
from PyQt5.QtWidgets import QSizePolicy, QWidget
from qrcode.constants import ERROR_CORRECT_M

from kiosk.ui.base import Halves
from kiosk.ui.painting.drawing import painter_on
from kiosk.ui.theme import Scale, colour
from kiosk.ui.ui_settings import Look
from kiosk.ui.widgets.translated import Button, Text
from kiosk.visit.state import VisitTimeouts, VisitState


class ReceiptCode(QWidget):
    """A QR code painted as squares on whole pixels, with the quiet zone of four modules that ISO/IEC 18004 asks for."""

    QUIET = 4

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
        painter = painter_on(self)
        count = len(self._modules) + 2 * self.QUIET
        step = min(self.width(), self.height()) // count
        left, top = (self.width() - step * count) // 2, (self.height() - step * count) // 2
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour("card"))
        painter.drawRoundedRect(QRectF(left, top, step * count, step * count), step * 2, step * 2)
        painter.setRenderHint(painter.Antialiasing, False)
        for y, line in enumerate(self._modules):
            for x, dark in enumerate(line):
                if dark:
                    at_x, at_y = left + (x + self.QUIET) * step, top + (y + self.QUIET) * step
                    painter.fillRect(at_x, at_y, step, step, colour("ink"))


class DoneScreen(Halves):
    finished = pyqtSignal()

    def __init__(self, look: Look) -> None:
        super().__init__("done")
        self._seconds = "screen.done.seconds" if look.reader else "screen.done.seconds_plain"
        self.receipt = ReceiptCode()
        self.name = Text(role="accent")
        self.title = Text("screen.done.title", "title")
        self.scan = Text("screen.done.scan", "lead")
        self.steps = [Text(f"screen.done.step{k}", "body") for k in (1, 2, 3)]
        self.finish = Button("screen.done.finish", "finish", "primary")
        self.finish.clicked.connect(self.finished)
        self.seconds = Text(role="small")
        self.printing = Text("screen.done.printing", "strong")
        self.printing.hide()

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        if sitting.sitter is not None:
            self.name.say("screen.done.you", name=sitting.sitter.name)
            address = sitting.sitter.progress_url
            self.receipt.encode(address)
            for part in (self.scan, self.steps[2]):
                part.setVisible(bool(address))
        self.seconds.say(self._seconds, seconds=max(0, math.ceil(pace.done - (now - sitting.since))))

    def show_printer(self, well: bool) -> None:
        """A receipt comes out of the printer, as far as the printer says."""
        self.printing.setVisible(well)

    def wipe(self) -> None:
        self.name.wipe()
        self.receipt.encode("")

    def arrange(self, scale: Scale) -> None:
        side = self.align(scale, self.name, self.title, self.scan, *self.steps, self.printing, self.seconds)
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
        self.put_words(scale, *words)
        self.halve(scale, self.receipt, (5, 6))
