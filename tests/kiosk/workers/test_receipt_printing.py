"""A receipt for every accepted visit, and no visit that waits for one."""

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
from kiosk.capture.report.fonts import chinese
from kiosk.visit.state import Sitter, Step, VisitState
from kiosk.workers.receipt_printing import Receipts
from tests.kiosk.visit.conducting import CARD, SHOT, VisitHarness
from tests.waiting import eventually, scale_timeout

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
SITTER = Sitter("s1", "c1", "王*明", "0121", "https://photos.example.edu/p/6d1f0a2b9c8e7d6f5a4b")
with_letters = pytest.mark.skipif(chinese() is None, reason="no letters for Chinese here (fonts-noto-cjk)")


class Paper:
    """A printer of the test's: fails with `problem`, and waits in the middle of a page until it `may_go_on`."""

    def __init__(self) -> None:
        self.problem: PrinterProblem | None = None
        self.may_go_on, self.begun = threading.Event(), threading.Event()
        self.may_go_on.set()
        self.pages: list[Page] = []

    def check(self) -> str:
        if self.problem is not None:
            raise self.problem
        return "paper"

    def print(self, page: Page) -> None:
        self.begun.set()
        self.may_go_on.wait(scale_timeout(20))
        self.check()
        self.pages.append(page)


class Notes:
    def __init__(self) -> None:
        self.keys: list[str] = []

    def __call__(self, device: str, problem: Problem | None) -> None:
        self.keys.append(f"{device}: {problem.key if problem else ''}")


def receipts(driver: str, opened: Callable[[str, int], Printer] = open_printer, notes: Notes | None = None) -> Receipts:
    wishes = PrinterSettings(driver=driver, width=384)
    made = Receipts(wishes, station_settings().station, notes or Notes(), lambda: NOW, opened)
    made.start()
    return made


@pytest.fixture
def paper() -> Iterator[Paper]:
    made = Paper()
    yield made
    made.may_go_on.set()


@with_letters
def test_the_paper_holds_the_code_of_who_sat_there() -> None:
    with SimulatedPrinter() as printer:
        running = receipts(f"escpos:network:127.0.0.1:{printer.port}")
        eventually(lambda: running.well)
        running.follow(VisitState(Step.REVIEW, sitter=SITTER))
        for _ in range(3):  # the last screen counts its seconds
            running.follow(VisitState(Step.DONE, sitter=SITTER))
        running.follow(VisitState())
        running.try_out()
        printed = printer.wait_for_receipts(2)
        running.stop()
    codes = [[code.text for code in zxingcpp.read_barcodes(np.asarray(page))] for page in printed]
    assert codes == [[SITTER.progress_url], []]


@with_letters
def test_a_printer_that_hangs_delays_no_visit(tmp_path: Path, paper: Paper) -> None:
    paper.may_go_on.clear()
    running = receipts("test", lambda spec, dots: paper)
    studio = VisitHarness(tmp_path, on_change=running.follow)
    for visit in (1, 2):
        studio.controller.on_card(CARD)
        studio.controller.process_events()
        studio.controller.consent()
        studio.pose_until_shot()
        studio.camera.requests[-1].set_result(SHOT)
        studio.until(lambda visit=visit: len(studio.engine.requests) == visit)
        studio.engine.requests[-1].set_result(studio.portrait())
        studio.until(lambda: studio.step is Step.REVIEW)
        studio.controller.accept()
        studio.until(lambda: studio.step is Step.DONE)
        assert paper.begun.wait(scale_timeout(20)), "the receipt of the first visit is stuck in the printer"
        assert paper.pages == []
        studio.controller.leave()
    assert studio.outbox.stats().ready == 2
    paper.may_go_on.set()
    eventually(lambda: len(paper.pages) == 2)
    running.stop()
    studio.controller.close()
    studio.outbox.close()


def test_a_setting_that_names_no_printer_is_told_and_harms_nothing() -> None:
    notes = Notes()
    running = receipts("epson", notes=notes)
    assert (running.set, running.well) == (True, False)
    assert running.problem is not None
    assert notes.keys == ["printer: printer.spec"]
    running.follow(VisitState(Step.DONE, sitter=SITTER))
    running.try_out()
    running.stop()


def test_without_a_setting_there_is_no_printer() -> None:
    running = receipts("")
    assert (running.set, running.well, running.problem) == (False, False, None)
    running.follow(VisitState(Step.DONE, sitter=SITTER))
    running.stop()


def test_paper_is_promised_only_while_the_printer_is_well(paper: Paper) -> None:
    paper.problem = PrinterProblem("printer.paper_out", printer="paper")
    notes = Notes()
    running = receipts("test", lambda spec, dots: paper, notes)
    eventually(lambda: notes.keys)
    assert (running.set, running.well) == (True, False)
    assert notes.keys == ["printer: printer.paper_out"]
    running.stop()


@with_letters
def test_it_speaks_the_sitter_s_language_and_says_that_a_photo_is_simulated(paper: Paper) -> None:
    running = receipts("test", lambda spec, dots: paper)
    for language, simulated in (("zh_CN", False), ("en", False), ("en", True)):
        running.speak(language)
        running.simulated = simulated
        running.follow(VisitState(Step.DONE, sitter=SITTER))
        running.follow(VisitState())
    eventually(lambda: len(paper.pages) == 3)
    running.stop()
    pictures = [page.picture.tobytes() for page in paper.pages]
    assert len(set(pictures)) == 3
    assert paper.pages[2].picture.height > paper.pages[1].picture.height, "one line more"
