"""Prints the receipt of each visit that was accepted, and never lets a visit wait for paper."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from config.errors import Problem
from config.settings.station import GeneralSettings, PrinterSettings
from hardware.printers.api import Page, Printer, PrinterProblem
from hardware.printers.print_queue import PrintQueue
from hardware.printers.registry import open_printer
from kiosk.visit.state import Sitter, Step, VisitState
from kiosk.workers.receipt_layout import ReceiptText, receipt, try_out

log = logging.getLogger(__name__)
Note = Callable[[str, Problem | None], None]


class Receipts:
    """Every method returns at once. `note` is told of the printer as of every device: what is wrong, None when it is
    over. `problem` is what is wrong now; the code on the last screen then does what the paper would have done."""

    def __init__(
        self,
        wishes: PrinterSettings,
        station: GeneralSettings,
        note: Note,
        today: Callable[[], datetime],
        opened: Callable[[str, int], Printer] = open_printer,
    ) -> None:
        self.problem: Problem | None = None
        self.simulated = False
        self._dots, self._station = wishes.width, station
        self._language: str = station.language
        self._note, self._today = note, today
        self._step = Step.IDLE
        self._desk: PrintQueue | None = None
        if wishes.driver.strip():
            self._desk = self._open(lambda: opened(wishes.driver, wishes.width))

    @property
    def set(self) -> bool:
        """Whether this station is to have a printer."""
        return self._desk is not None or self.problem is not None

    @property
    def well(self) -> bool:
        """Whether the printer has been heard of, and nothing bad."""
        return self._desk is not None and self._desk.is_healthy

    def start(self) -> None:
        if self._desk is not None:
            self._desk.start()

    def stop(self) -> None:
        if self._desk is not None:
            self._desk.stop()

    def speak(self, language: str) -> None:
        """The sitter reads in that language, also on paper."""
        self._language = language

    def follow(self, sitting: VisitState) -> None:
        """Prints once when a visit is done; there is no other way to that step than an accepted portrait."""
        before, self._step = self._step, sitting.step
        if sitting.step is Step.DONE and before is not Step.DONE and sitting.sitter is not None:
            self._print(sitting.sitter)

    def try_out(self) -> None:
        """Prints a page that belongs to nobody."""
        text = self._text(self._station.language)
        self._draw("try-out", lambda: try_out(text, self._dots))

    def _print(self, sitter: Sitter) -> None:
        text = self._text(self._language)
        self._draw(f"receipt-{text.at:%H%M%S}", lambda: receipt(sitter, text, self._dots))

    def _draw(self, name: str, draw: Callable[[], Page]) -> None:
        if self._desk is not None:
            self._desk.submit(name, draw)

    def _text(self, language: str) -> ReceiptText:
        return ReceiptText(self._station.school, self._station.name, self._today(), language, self.simulated)

    def _open(self, opened: Callable[[], Printer]) -> PrintQueue | None:
        try:
            return PrintQueue(opened(), self._hear)
        except PrinterProblem as problem:
            log.warning("%s", problem)
            self._hear(problem)
            return None

    def _hear(self, problem: PrinterProblem | None) -> None:
        self.problem = problem
        self._note("printer", problem)
