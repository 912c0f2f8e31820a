"""Every accepted visit gets a receipt, and no visit waits for one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import zxingcpp

from config.errors import Problem
from config.settings.station import PrinterSettings, station_settings
from hardware.printers.api import Page, Printer, PrinterProblem
from hardware.printers.registry import open_printer
from hardware.simulators.receipt_printer import SimulatedPrinter
from kiosk.capture.report.fonts import chinese_typeface
from kiosk.visit.sitter import Sitter
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.workers.receipt_printing import ReceiptPrinting
from tests.kiosk.visit.harness import CARD, SHOT, VisitHarness
from tests.waiting import eventually, scale_timeout

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
SITTER = Sitter("s1", "c1", "王*明", "0121", "https://photos.example.edu/p/6d1f0a2b9c8e7d6f5a4b")
requires_typeface = pytest.mark.skipif(chinese_typeface() is None, reason="no Chinese typeface here (fonts-noto-cjk)")


class FakePrinter:
    """A printer that fails with `problem`, and waits in the middle of a page until `may_continue` is set."""

    def __init__(self) -> None:
        self.problem: PrinterProblem | None = None
        self.may_continue, self.started = threading.Event(), threading.Event()
        self.may_continue.set()
        self.pages: list[Page] = []

    def check(self) -> str:
        if self.problem is not None:
            raise self.problem
        return "paper"

    def print(self, page: Page) -> None:
        self.started.set()
        self.may_continue.wait(scale_timeout(20))
        self.check()
        self.pages.append(page)


class ReportedProblems:
    def __init__(self) -> None:
        self.keys: list[str] = []

    def __call__(self, device: str, problem: Problem | None) -> None:
        self.keys.append(f"{device}: {problem.key if problem else ''}")


def receipts(
    driver: str, opened: Callable[[str, int], Printer] = open_printer, notes: ReportedProblems | None = None
) -> ReceiptPrinting:
    arguments = PrinterSettings(driver=driver, width=384)
    running = ReceiptPrinting(arguments, station_settings().station, notes or ReportedProblems(), lambda: NOW, opened)
    running.start()
    return running


@pytest.fixture
def fake_printer() -> Iterator[FakePrinter]:
    printer = FakePrinter()
    yield printer
    printer.may_continue.set()


@requires_typeface
def test_the_receipt_has_the_code_of_the_sitter() -> None:
    with SimulatedPrinter() as printer:
        running = receipts(f"escpos:network:127.0.0.1:{printer.port}")
        eventually(lambda: running.is_healthy)
        running.on_state(VisitState(Step.REVIEW, sitter=SITTER))
        for _ in range(3):  # the last screen is updated every second
            running.on_state(VisitState(Step.DONE, sitter=SITTER))
        running.on_state(VisitState())
        running.print_test_page()
        printed = printer.wait_for_receipts(2)
        running.stop()
    codes = [[code.text for code in zxingcpp.read_barcodes(np.asarray(page))] for page in printed]
    assert codes == [[SITTER.progress_url], []]


@requires_typeface
def test_a_printer_that_hangs_delays_no_visit(tmp_path: Path, fake_printer: FakePrinter) -> None:
    fake_printer.may_continue.clear()
    running = receipts("test", lambda spec, dots: fake_printer)
    studio = VisitHarness(tmp_path, on_change=running.on_state)
    for visit in (1, 2):
        studio.controller.on_card(CARD)
        studio.controller.process_events()
        studio.controller.consent()
        studio.pose_until_shot()
        studio.camera.requests[-1].set_result(SHOT)
        studio.until(lambda visit=visit: len(studio.engine.requests) == visit)
        studio.finish_portrait()
        studio.controller.accept()
        studio.until(lambda: studio.step is Step.DONE)
        assert fake_printer.started.wait(scale_timeout(20)), "the receipt of the first visit is stuck in the printer"
        assert fake_printer.pages == []
        studio.controller.leave()
    assert studio.outbox.stats().ready == 2
    fake_printer.may_continue.set()
    eventually(lambda: len(fake_printer.pages) == 2)
    running.stop()
    studio.controller.close()
    studio.outbox.close()


def test_a_setting_that_names_no_printer_is_reported_and_harms_nothing() -> None:
    notes = ReportedProblems()
    running = receipts("epson", notes=notes)
    assert (running.is_configured, running.is_healthy) == (True, False)
    assert running.problem is not None
    assert notes.keys == ["printer: printer.spec"]
    running.on_state(VisitState(Step.DONE, sitter=SITTER))
    running.print_test_page()
    running.stop()


def test_without_a_setting_there_is_no_printer() -> None:
    running = receipts("")
    assert (running.is_configured, running.is_healthy, running.problem) == (False, False, None)
    running.on_state(VisitState(Step.DONE, sitter=SITTER))
    running.stop()


def test_a_printer_without_paper_is_reported_and_not_healthy(fake_printer: FakePrinter) -> None:
    fake_printer.problem = PrinterProblem("printer.paper_out", printer="paper")
    notes = ReportedProblems()
    running = receipts("test", lambda spec, dots: fake_printer, notes)
    eventually(lambda: notes.keys)
    assert (running.is_configured, running.is_healthy) == (True, False)
    assert notes.keys == ["printer: printer.paper_out"]
    running.stop()


@requires_typeface
def test_the_receipt_has_the_sitter_s_language_and_marks_a_simulated_photo(fake_printer: FakePrinter) -> None:
    running = receipts("test", lambda spec, dots: fake_printer)
    for language, simulated in (("zh_CN", False), ("en", False), ("en", True)):
        running.set_language(language)
        running.simulated = simulated
        running.on_state(VisitState(Step.DONE, sitter=SITTER))
        running.on_state(VisitState())
    eventually(lambda: len(fake_printer.pages) == 3)
    running.stop()
    pictures = [page.picture.tobytes() for page in fake_printer.pages]
    assert len(set(pictures)) == 3
    assert fake_printer.pages[2].picture.height > fake_printer.pages[1].picture.height, "one line more"
