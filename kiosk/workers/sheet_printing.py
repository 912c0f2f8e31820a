"""Printing of sheets of photos for the operator: the server draws them, a print queue of CUPS prints them.

Nothing is stored on the station: a sheet has complete names.
"""

from __future__ import annotations

import logging
import os
import queue
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

from config.background_loop import BackgroundLoop
from config.errors import Problem
from config.i18n import Message
from hardware.printers.api import BEFORE_PAPER, Document, PrinterProblem
from hardware.printers.cups import CupsPrinter
from kiosk.ui.operator.status import SheetStatus
from kiosk.upload.errors import ServerRejected
from kiosk.upload.sheet_client import SheetPdf
from kiosk.upload.sheets import SheetChoices, SheetClass, SheetKind, SheetRequest, SheetStudent, SheetStudents

log = logging.getLogger("printer")


class SheetServer(Protocol):
    """kiosk.upload.sheet_client.SheetClient, or the fake of a test."""

    def choices(self) -> SheetChoices: ...

    def students(self, campaign: str, class_name: str) -> SheetStudents: ...

    def sheet(self, request: SheetRequest) -> SheetPdf: ...


class SheetPrinter(Protocol):
    """hardware.printers.cups.CupsPrinter, or the fake of a test."""

    def print_document(
        self, document: Document, on_wait: Callable[[str | None], None], is_cancelled: Callable[[], bool]
    ) -> bool: ...


class SheetPrinting:
    """Every method returns at once; `status` is the result. `queues` maps the name of a sheet to the print queue with
    its paper. One print at a time: a second touch while one runs changes nothing."""

    def __init__(
        self,
        queues: Mapping[str, str],
        server: SheetServer | None,
        language: str,
        open_printer: Callable[[str], SheetPrinter] = lambda name: CupsPrinter(name, os.environ),
    ) -> None:
        self._queues, self._server, self._language = dict(queues), server, language
        self._open_printer = open_printer
        self._status, self._lock = SheetStatus(is_configured=bool(queues) and server is not None), threading.Lock()
        self._work: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._cancelled = threading.Event()
        self._keys: dict[tuple[str, str, str, str], str] = {}
        self._loop = BackgroundLoop("sheet-printing", self._run_next, on_stop=self._interrupt, join_timeout=1.0)

    @property
    def is_configured(self) -> bool:
        """Whether the station has a print queue for a sheet, and a server that draws it."""
        return self._status.is_configured

    @property
    def status(self) -> SheetStatus:
        return self._status

    def start(self) -> None:
        if self.is_configured:
            self._loop.start()

    def stop(self) -> None:
        """End the thread. A print that runs is cancelled in its queue unless the printer has finished it."""
        self._loop.stop()

    def load(self) -> None:
        """Fetch the sheets and classes."""
        self._begin("loading", self._load)

    def load_students(self, sheet_class: SheetClass) -> None:
        """Fetch the students of a class."""
        self._begin("loading", partial(self._load_students, sheet_class))

    def print(self, sheet_class: SheetClass, student: SheetStudent | None, sheet: SheetKind) -> None:
        """Print the sheet of a class, or of one student."""
        self._cancelled.clear()
        self._begin("fetching", partial(self._print, sheet_class, student, sheet))

    def cancel(self) -> None:
        """Cancel the present print."""
        self._cancelled.set()

    # ------------------------------------------------------------------ on the thread

    def _begin(self, activity: str, work: Callable[[], None]) -> None:
        with self._lock:
            if self._status.activity or not self.is_configured:
                return
            self._status = replace(self._status, activity=activity, message=None, is_problem=False)
        self._work.put(work)

    def _run_next(self) -> float:
        work = self._work.get()
        if work is not None:
            try:
                work()
            except Problem as problem:
                self._finish(_message_for(problem), is_problem=True)
            except Exception:
                log.exception("A sheet could not be printed.")
                self._finish(Message("error.unexpected"), is_problem=True)
        return 0.0

    def _interrupt(self) -> None:
        self._cancelled.set()
        self._work.put(None)

    def _load(self) -> None:
        choices = self._require_server().choices()
        printable = tuple(sheet for sheet in choices.sheets if sheet.name in self._queues)
        missing = sorted(set(self._queues) - {sheet.name for sheet in choices.sheets})
        message = Message("photo_sheets.unknown", {"names": ", ".join(missing)}) if missing else None
        self._change(sheets=printable, classes=choices.classes, students_of=None, students=())
        self._finish(message, is_problem=bool(missing))

    def _load_students(self, sheet_class: SheetClass) -> None:
        students = self._require_server().students(sheet_class.campaign, sheet_class.name).students
        self._change(students_of=sheet_class, students=students)
        self._finish(None)

    def _print(self, sheet_class: SheetClass, student: SheetStudent | None, sheet: SheetKind) -> None:
        """Fetch and print a sheet. A retry has the same key if nothing was printed. If something may have been printed,
        it has another key, so that the next print is marked as a reprint."""
        selection = (sheet_class.campaign, sheet_class.name, student.id if student else "", sheet.name)
        key = self._keys.setdefault(selection, secrets.token_hex(16))
        request = SheetRequest(
            campaign=sheet_class.campaign,
            class_name=sheet_class.name,
            student=selection[2],
            sheet=sheet.name,
            key=key,
            language="en" if self._language == "en" else "zh_CN",
        )
        sheet_pdf = self._require_server().sheet(request)
        self._change(activity="printing", message=_progress(sheet_pdf, "printing"))
        document = Document(f"photos {sheet.name}", sheet_pdf.pdf, sheet_pdf.sheets, sheet.paper)
        try:
            is_printed = self._open_printer(self._queues[sheet.name]).print_document(
                document, partial(self._on_wait, sheet_pdf), self._cancelled.is_set
            )
        except PrinterProblem as problem:
            if problem.reason not in BEFORE_PAPER:
                del self._keys[selection]
            raise Problem(f"photo_sheets.printer.{problem.reason}", **problem.values) from problem
        del self._keys[selection]
        self._finish(_progress(sheet_pdf, "done" if is_printed else "cancelled"))

    def _require_server(self) -> SheetServer:
        if self._server is None:
            raise Problem("pairing.none")
        return self._server

    def _on_wait(self, sheet_pdf: SheetPdf, reason: str | None) -> None:
        """Show why the printer waits; it continues automatically."""
        message = Message(f"photo_sheets.waits.{reason}") if reason else _progress(sheet_pdf, "printing")
        self._change(message=message, is_problem=reason is not None)

    def _change(self, **values: object) -> None:
        with self._lock:
            self._status = replace(self._status, **values)  # type: ignore[arg-type]

    def _finish(self, message: Message | None, is_problem: bool = False) -> None:
        self._change(activity="", message=message, is_problem=is_problem)


def _progress(sheet_pdf: SheetPdf, step: str) -> Message:
    key = f"photo_sheets.{step}_reprints" if sheet_pdf.reprints and step == "done" else f"photo_sheets.{step}"
    return Message(key, {"sheets": sheet_pdf.sheets, "photos": sheet_pdf.photos, "reprints": sheet_pdf.reprints})


def _message_for(problem: Problem) -> Message:
    """Return the message for the page; a rejection contains the server's own sentence in both languages."""
    if isinstance(problem, ServerRejected):
        return Message("station.refused", {"zh_CN": problem.rejection.zh_CN, "en": problem.rejection.en})
    return Message(problem.key, problem.values)
