"""Sheets of photos for the operator: fetched from the server, printed on the queue that has their paper."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from config.errors import Problem
from config.i18n import LANGUAGES, translations
from hardware.printers.api import REASONS, Document, PrinterProblem
from kiosk.upload.envelope import Rejection
from kiosk.upload.errors import ServerUnreachable, SubmissionRejected
from kiosk.upload.sheet_client import SheetPdf
from kiosk.upload.sheets import SheetChoices, SheetClass, SheetKind, SheetRequest, SheetStudent, SheetStudents
from kiosk.workers.sheet_printing import SheetPrinting
from tests.waiting import eventually

CLASS = SheetClass(campaign="c1", campaign_title="Autumn", name="一班", photos=2)
STUDENT = SheetStudent(id="s1", name="王*明", student_no="1")
SMALL = SheetKind(name="six_inch", kind="student", title={"en": "6-inch"}, paper=(152, 102))
LARGE = SheetKind(name="a4_class", kind="class", title={"en": "A4"}, paper=(210, 297))


class FakeServer:
    """A server that has two kinds of sheets; the next request raises `problem`."""

    def __init__(self) -> None:
        self.problem: Problem | None = None
        self.requests: list[SheetRequest] = []

    def _fail(self) -> None:
        problem, self.problem = self.problem, None
        if problem is not None:
            raise problem

    def choices(self) -> SheetChoices:
        self._fail()
        return SheetChoices(sheets=(SMALL, LARGE), classes=(CLASS,))

    def students(self, campaign: str, class_name: str) -> SheetStudents:
        self._fail()
        return SheetStudents(students=(STUDENT,))

    def sheet(self, request: SheetRequest) -> SheetPdf:
        self._fail()
        printed_before = request.key not in {one.key for one in self.requests} and bool(self.requests)
        self.requests.append(request)
        return SheetPdf(b"%PDF-1.4", 2, 2, 2 if printed_before else 0)


class FakePrinter:
    """A printer that raises `problem` once, and waits while `reason` is set until the print is cancelled."""

    def __init__(self) -> None:
        self.problem: PrinterProblem | None = None
        self.reason: str | None = None
        self.printed: list[tuple[str, Document]] = []
        self.queue = ""

    def print_document(
        self, document: Document, on_wait: Callable[[str | None], None], is_cancelled: Callable[[], bool]
    ) -> bool:
        while self.reason is not None:
            on_wait(self.reason)
            if is_cancelled():
                return False
            threading.Event().wait(0.001)
        problem, self.problem = self.problem, None
        if problem is not None:
            raise problem
        self.printed.append((self.queue, document))
        return True


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def printer() -> FakePrinter:
    return FakePrinter()


@pytest.fixture
def printing(server: FakeServer, printer: FakePrinter) -> Iterator[SheetPrinting]:
    def open_printer(name: str) -> FakePrinter:
        printer.queue = name
        return printer

    running = SheetPrinting({"six_inch": "photo", "poster": "wall"}, server, "zh_CN", open_printer)
    running.start()
    yield running
    running.stop()


def done(printing: SheetPrinting) -> str:
    """Wait until the activity is over; return the id of its message."""
    eventually(lambda: not printing.status.activity)
    return printing.status.message.key if printing.status.message else ""


def print_class(printing: SheetPrinting, student: SheetStudent | None = None) -> str:
    printing.print(CLASS, student, SMALL)
    return done(printing)


def test_the_page_offers_the_sheets_that_have_a_queue(printing: SheetPrinting) -> None:
    printing.load()
    assert done(printing) == "photo_sheets.unknown", "the server has no poster"
    assert (printing.status.sheets, printing.status.classes) == ((SMALL,), (CLASS,))
    printing.load_students(CLASS)
    assert done(printing) == ""
    assert (printing.status.students_of, printing.status.students) == (CLASS, (STUDENT,))


def test_a_class_and_a_student_are_printed_on_the_queue_with_their_paper(
    printing: SheetPrinting, printer: FakePrinter, server: FakeServer
) -> None:
    assert print_class(printing) == "photo_sheets.done"
    [(queue, document)] = printer.printed
    assert (queue, document.paper, document.sheets, document.pdf) == ("photo", (152, 102), 2, b"%PDF-1.4")
    assert print_class(printing, STUDENT) == "photo_sheets.done_reprints"
    assert [one.student for one in server.requests] == ["", "s1"]


@pytest.mark.parametrize(("reason", "same"), [("offline", True), ("no_queue", True), ("stuck", False), ("lost", False)])
def test_only_a_print_that_may_have_come_out_is_a_reprint(
    reason: str, same: bool, printing: SheetPrinting, printer: FakePrinter, server: FakeServer
) -> None:
    printer.problem = PrinterProblem(f"printer.{reason}", printer="photo")
    assert print_class(printing) == f"photo_sheets.printer.{reason}"
    assert printing.status.is_problem
    print_class(printing)
    print_class(printing)
    first, second, third = (one.key for one in server.requests)
    assert (first == second) is same
    assert third not in (first, second), "a print after a successful one is a reprint"


def test_a_printer_without_paper_is_named_while_the_sheets_wait(printing: SheetPrinting, printer: FakePrinter) -> None:
    printer.reason = "paper_out"
    printing.print(CLASS, None, SMALL)
    eventually(
        lambda: printing.status.message is not None and printing.status.message.key == "photo_sheets.waits.paper_out"
    )
    assert (printing.status.activity, printing.status.is_problem) == ("printing", True)
    printing.print(CLASS, None, SMALL)  # a second touch
    printer.reason = None
    assert done(printing) == "photo_sheets.done"
    assert not printing.status.is_problem
    assert len(printer.printed) == 1


def test_a_print_that_waits_is_cancelled(printing: SheetPrinting, printer: FakePrinter, server: FakeServer) -> None:
    printer.reason = "paper_out"
    printing.print(CLASS, None, SMALL)
    eventually(lambda: printing.status.activity == "printing")
    printing.cancel()
    assert done(printing) == "photo_sheets.cancelled"
    printer.reason = None
    assert print_class(printing) == "photo_sheets.done_reprints", "and the next print is not cancelled"
    assert len(printer.printed) == 1


def test_the_servers_sentence_and_an_outage_are_shown(printing: SheetPrinting, server: FakeServer) -> None:
    server.problem = SubmissionRejected(
        "upload.refused", Rejection(reason="nothing_to_print", zh_CN="没有", en="Nothing")
    )
    assert print_class(printing) == "station.refused"
    assert printing.status.message is not None
    shown = [translations(one).translate("station.refused", **printing.status.message.values) for one in LANGUAGES]
    assert sorted(shown) == ["Nothing", "没有"]
    server.problem = ServerUnreachable("upload.timeout")
    printing.load()
    assert done(printing) == "upload.timeout"
    assert print_class(printing) == "photo_sheets.done", "the next attempt works"


def test_a_bug_is_shown_and_the_next_print_works(printing: SheetPrinting, printer: FakePrinter) -> None:
    printer.problem = ZeroDivisionError()  # type: ignore[assignment]
    assert print_class(printing) == "error.unexpected"
    assert print_class(printing) == "photo_sheets.done"


def test_every_failure_of_a_queue_has_a_sentence() -> None:
    queue_reasons = set(REASONS) - {"absent", "paper_out", "not_allowed", "spec"}
    for language in LANGUAGES:
        words = translations(language)
        assert all(words.has(f"photo_sheets.printer.{reason}") for reason in queue_reasons)
        assert all(words.has(f"photo_sheets.waits.{reason}") for reason in ("paper_out", "offline"))


def test_without_a_queue_or_a_server_nothing_is_offered(server: FakeServer) -> None:
    for printing in (SheetPrinting({}, server, "zh_CN"), SheetPrinting({"six_inch": "photo"}, None, "zh_CN")):
        printing.start()
        printing.load()
        assert not printing.is_configured
        assert printing.status.activity == ""
        printing.stop()
