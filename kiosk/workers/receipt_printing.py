"""Printing of the receipt of each accepted visit; no visit waits for the printer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from config.errors import Problem
from config.i18n import Message
from config.money import format_yuan
from config.settings.station import GeneralSettings, PrinterSettings
from hardware.printers.api import Page, Printer, PrinterProblem
from hardware.printers.print_queue import PrintQueue
from hardware.printers.registry import open_printer
from kiosk.visit.payment import PaymentStatus
from kiosk.visit.sitter import Sitter
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.workers.receipt_layout import ReceiptText, render_receipt, render_test_page

log = logging.getLogger(__name__)
ReportProblem = Callable[[str, Problem | None], None]


class ReceiptPrinting:
    """Every method returns at once. `report_problem` receives each problem of the printer, and None when it is over.
    `problem` is the present one; the QR code on the last screen then replaces the paper."""

    def __init__(
        self,
        settings: PrinterSettings,
        station: GeneralSettings,
        report_problem: ReportProblem,
        wall_clock: Callable[[], datetime],
        open_driver: Callable[[str, int], Printer] = open_printer,
    ) -> None:
        self.problem: Problem | None = None
        self.simulated = False
        self._width_dots, self._station = settings.width, station
        self._language: str = station.language
        self._report_problem, self._wall_clock = report_problem, wall_clock
        self._step = Step.IDLE
        self._queue: PrintQueue | None = None
        if settings.driver.strip():
            self._queue = self._open_queue(lambda: open_driver(settings.driver, settings.width))

    @property
    def is_configured(self) -> bool:
        """Whether the settings name a printer."""
        return self._queue is not None or self.problem is not None

    @property
    def is_healthy(self) -> bool:
        """Whether the printer has responded without a problem."""
        return self._queue is not None and self._queue.is_healthy

    def start(self) -> None:
        if self._queue is not None:
            self._queue.start()

    def stop(self) -> None:
        if self._queue is not None:
            self._queue.stop()

    def set_language(self, language: str) -> None:
        """Print in the language that the sitter reads."""
        self._language = language

    def on_state(self, state: VisitState) -> None:
        """Print once when a visit is done; only an accepted portrait leads to that step."""
        before, self._step = self._step, state.step
        if state.step is Step.DONE and before is not Step.DONE and state.sitter is not None:
            self._print(state.sitter, payment_lines(state))

    def print_test_page(self) -> None:
        """Print a page without a student."""
        text = self._text(self._station.language)
        self._enqueue("try-out", lambda: render_test_page(text, self._width_dots))

    def _print(self, sitter: Sitter, payments: tuple[Message, ...]) -> None:
        text = replace(self._text(self._language), payments=payments)
        self._enqueue(f"receipt-{text.at:%H%M%S}", lambda: render_receipt(sitter, text, self._width_dots))

    def _enqueue(self, name: str, draw: Callable[[], Page]) -> None:
        if self._queue is not None:
            self._queue.submit(name, draw)

    def _text(self, language: str) -> ReceiptText:
        return ReceiptText(self._station.school, self._station.name, self._wall_clock(), language, self.simulated)

    def _open_queue(self, open_driver: Callable[[], Printer]) -> PrintQueue | None:
        try:
            return PrintQueue(open_driver(), self._on_printer_problem)
        except PrinterProblem as problem:
            log.warning("%s", problem)
            self._on_printer_problem(problem)
            return None

    def _on_printer_problem(self, problem: PrinterProblem | None) -> None:
        self.problem = problem
        self._report_problem("printer", problem)


def payment_lines(state: VisitState) -> tuple[Message, ...]:
    """Return the lines for a receipt: the amount paid for each enrolment, and the amount still to pay."""
    lines = [_paid_line(payment) for payment in state.payments if payment.order_state == "paid"]
    if state.unpaid_fen:
        lines.append(Message("receipt.unpaid", {"amount": format_yuan(state.unpaid_fen)}))
    return tuple(lines)


def _paid_line(payment: PaymentStatus) -> Message:
    values = {"amount": format_yuan(payment.amount_fen), "number": payment.receipt_no}
    return Message("receipt.paid_cash" if payment.receipt_no else "receipt.paid", values)
