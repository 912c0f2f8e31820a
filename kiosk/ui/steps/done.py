"""The last screen: thanks, and a receipt as a QR code."""

from __future__ import annotations

import math

from PyQt5.QtCore import pyqtSignal

from config.money import format_yuan
from kiosk.ui.base import SplitScreen
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.qr_code import QrCode
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts


class DoneScreen(SplitScreen):
    finished = pyqtSignal()

    def __init__(self, ui_settings: UiSettings) -> None:
        super().__init__("done")
        self._countdown_key = "screen.done.seconds" if ui_settings.has_card_reader else "screen.done.seconds_plain"
        self.receipt = QrCode("receipt")
        self.name = Label(role="accent")
        self.title = Label("screen.done.title", "title")
        self.scan = Label("screen.done.scan", "lead")
        self.unpaid = Label(role="notice")
        self.unpaid.hide()
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
        self.unpaid.set_key("screen.done.unpaid", amount=format_yuan(visit.unpaid_fen))
        self.unpaid.setVisible(visit.unpaid_fen > 0)
        self.seconds.set_key(self._countdown_key, seconds=max(0, math.ceil(timeouts.done - (now - visit.since))))

    def show_printing(self, works: bool) -> None:
        """Show or hide the line about the printed receipt; `works`: the printer reports no problem."""
        self.printing.setVisible(works)

    def clear(self) -> None:
        self.name.clear()
        self.receipt.encode("")

    def update_layout(self, scale: Scale) -> None:
        labels = (self.name, self.title, self.scan, self.unpaid, *self.steps, self.printing, self.seconds)
        side = self.align_labels(scale, *labels)
        steps = (self.steps[0], 12, self.steps[1], 12, self.steps[2])
        texts = (
            self.name,
            8,
            self.title,
            16,
            self.scan,
            16,
            self.unpaid,
            4,
            self.printing,
            28,
            *steps,
            48,
            (self.finish, side),
            20,
            self.seconds,
        )
        self.set_texts(scale, *texts)
        self.split(scale, self.receipt, (5, 6))
