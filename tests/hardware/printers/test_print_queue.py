"""The print queue: nothing waits for it, and nothing is printed twice."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from config.errors import Problem
from hardware.printers.api import Page, PrinterProblem
from hardware.printers.print_queue import PrintQueue, PrintQueueOptions
from tests.hardware.printers.pages import page
from tests.waiting import eventually, scale_timeout


class FakePrinter:
    """A printer that fails with each of `failures` in turn, then prints."""

    def __init__(self, *failures: str) -> None:
        self._failures = list(failures)
        self.tried: list[str] = []
        self.printed: list[str] = []
        self.may_continue = threading.Event()
        self.may_continue.set()

    def check(self) -> str:
        return "obedient"

    def print(self, page: Page) -> None:
        self.may_continue.wait(scale_timeout(10))
        self.tried.append(page.name)
        if self._failures:
            raise PrinterProblem(f"printer.{self._failures.pop(0)}", printer="obedient")
        self.printed.append(page.name)


def make_queue(
    printer: FakePrinter, problems: list[str | None], clock: Callable[[], float] = lambda: 0.0, max_waiting: int = 3
) -> PrintQueue:
    return PrintQueue(
        printer,
        lambda problem: problems.append(problem.reason if problem else None),
        PrintQueueOptions(max_waiting=max_waiting),
        clock,
        wait=lambda seconds: False,
    ).start()


def test_a_page_waits_for_paper_and_is_printed_once() -> None:
    printer, received = FakePrinter("paper_out", "paper_out", "offline"), list[str | None]()
    running = make_queue(printer, received)
    running.print(page("one"))
    eventually(lambda: printer.printed == ["one"])
    running.stop()
    assert received == ["paper_out", "offline", None]


@pytest.mark.parametrize("reason", ["stuck", "lost"])
def test_half_a_page_is_never_printed_again(reason: str) -> None:
    printer, received = FakePrinter(reason), list[str | None]()
    running = make_queue(printer, received)
    running.print(page("half"))
    running.print(page("next"))
    eventually(lambda: printer.printed == ["next"])
    running.stop()
    assert printer.tried == ["half", "next"]
    assert received == [reason, None]


def test_an_expired_receipt_is_dropped() -> None:
    times = iter([0.0, 0.0, 100.0, 100.0, 100.0])
    printer, received = FakePrinter("paper_out"), list[str | None]()
    running = make_queue(printer, received, clock=lambda: next(times))
    running.print(page("late"))  # valid until 45; paper is there at 100
    eventually(lambda: printer.tried == ["late"])
    running.print(page("fresh"))
    eventually(lambda: printer.printed == ["fresh"])
    running.stop()
    assert printer.tried == ["late", "fresh"]


def test_a_printer_that_hangs_blocks_nobody_and_the_oldest_receipt_is_dropped() -> None:
    printer, received = FakePrinter(), list[str | None]()
    printer.may_continue.clear()
    running = make_queue(printer, received, max_waiting=2)
    running.print(page("under way"))
    eventually(lambda: running._jobs.qsize() == 0)
    for name in ("first", "second", "third"):
        running.print(page(name))
    printer.may_continue.set()
    eventually(lambda: printer.printed == ["under way", "second", "third"])
    running.stop()
    assert printer.tried == ["under way", "second", "third"]


def test_an_idle_printer_is_checked() -> None:
    class Roll(FakePrinter):
        out = True

        def check(self) -> str:
            if self.out:
                raise PrinterProblem("printer.paper_out", printer="roll")
            return "roll"

    roll, received = Roll(), list[str | None]()
    running = PrintQueue(
        roll,
        lambda problem: received.append(problem.reason if problem else None),
        PrintQueueOptions(check_idle=0.01, check_failed=0.01),
    ).start()
    eventually(lambda: received == ["paper_out"])
    assert not running.is_healthy
    roll.out = False
    eventually(lambda: running.is_healthy)
    roll.out = True
    eventually(lambda: not running.is_healthy)
    running.stop()
    assert received == ["paper_out", None, "paper_out"]
    assert roll.tried == []


def test_a_page_that_cannot_be_drawn_does_not_end_the_queue() -> None:
    def without_font() -> Page:
        raise Problem("sheet.no_font")

    def with_bug() -> Page:
        raise ZeroDivisionError

    printer, received = FakePrinter(), list[str | None]()
    running = PrintQueue(printer, lambda problem: received.append(problem.key if problem else None)).start()
    running.submit("without font", without_font)
    running.submit("with bug", with_bug)
    running.print(page("good"))
    eventually(lambda: printer.printed == ["good"])
    running.stop()
    assert received == ["sheet.no_font", "error.unexpected", None]


class CrashingPrinter(FakePrinter):
    """A printer that fails at the page `impossible`."""

    def print(self, page: Page) -> None:
        if page.name == "impossible":
            raise ValueError("a page 900 dots wide on a line of 576")
        super().print(page)


def test_a_page_that_cannot_be_printed_at_all_does_not_end_the_queue() -> None:
    printer, received = CrashingPrinter(), list[str | None]()
    running = make_queue(printer, received)
    running.print(page("impossible"))
    running.print(page("next"))
    eventually(lambda: printer.printed == ["next"])
    eventually(lambda: received[-1:] == [None])
    running.stop()
    assert "error.unexpected" in [key for key in received if key]


def test_a_callback_that_fails_does_not_end_the_queue() -> None:
    printer = FakePrinter("paper_out")

    def fails(problem: PrinterProblem | None) -> None:
        raise RuntimeError("wrapped C/C++ object has been deleted")

    running = PrintQueue(printer, fails, clock=lambda: 0.0, wait=lambda seconds: False).start()
    running.print(page("one"))
    running.print(page("two"))
    eventually(lambda: printer.printed[-1:] == ["two"])
    running.stop()
    assert printer.tried[0] == "one", "the page whose problem makes the callback fail"


def test_a_queue_that_was_stopped_reports_nothing_more() -> None:
    printer, received = FakePrinter("stuck"), list[str | None]()
    printer.may_continue.clear()
    running = PrintQueue(printer, lambda problem: received.append(problem.reason if problem else None)).start()
    running.print(page("under way"))
    eventually(lambda: running._jobs.qsize() == 0)
    running._loop._join_timeout = 0.0
    running.stop()
    printer.may_continue.set()
    running._loop._thread.join(10)
    assert printer.tried == ["under way"]
    assert [reason for reason in received if reason] == []
