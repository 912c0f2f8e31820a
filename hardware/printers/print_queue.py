"""Print on a separate thread, so that no visit waits for paper; each page is printed once or not at all."""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from config.background_loop import BackgroundLoop
from config.errors import Problem
from hardware.printers.api import BEFORE_PAPER, Page, Printer, PrinterProblem

log = logging.getLogger("printer")
_JOIN_TIMEOUT_S: Final = 1.0


@dataclass(frozen=True)
class PrintQueueOptions:
    """Seconds. `lifetime`: how long a receipt is useful to its student. `retry`: between two attempts with a page that
    has not started. `check_idle`: between two checks of an idle printer, and `check_failed` of one that does not work.
    `max_waiting`: how many pages may wait; the oldest is dropped for a newer one."""

    lifetime: float = 45.0
    retry: float = 3.0
    check_idle: float = 60.0
    check_failed: float = 10.0
    max_waiting: int = 3


@dataclass(frozen=True)
class _Job:
    name: str
    draw: Callable[[], Page]
    expires_at: float


class PrintQueue:
    """Accepts pages with `print`, which never blocks and never fails. `on_problem` is called on the printing thread
    with a problem, and with None when it is over: a page was printed, or the printer reports that it could print one.

    A page that may have been printed in part is not sent again, because the second copy would be printed for the next
    student.
    """

    def __init__(
        self,
        printer: Printer,
        on_problem: Callable[[PrinterProblem | None], None],
        options: PrintQueueOptions | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._printer = printer
        self._on_problem = on_problem
        self._options = options or PrintQueueOptions()
        self._clock = clock
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._reported_key: str | None = None
        self._is_healthy = False
        self._loop = BackgroundLoop(
            "print-queue",
            self._print_next,
            on_start=lambda: self._run_safely(self._check_printer),
            on_stop=lambda: self._jobs.put(None),
            join_timeout=_JOIN_TIMEOUT_S,
        )
        self._wait = wait or self._loop.wait_for_stop

    def start(self) -> PrintQueue:
        self._loop.start()
        return self

    def stop(self) -> None:
        """End the thread; wait a moment for the present page."""
        self._loop.stop()

    @property
    def is_healthy(self) -> bool:
        """Return whether the printer worked at the last check."""
        return self._is_healthy

    def print(self, page: Page) -> None:
        self.submit(page.name, lambda: page)

    def submit(self, name: str, draw: Callable[[], Page]) -> None:
        """Like `print`, for a page that the printing thread draws first; `draw` may raise Problem."""
        while self._jobs.qsize() >= self._options.max_waiting:
            try:
                dropped = self._jobs.get_nowait()
            except queue.Empty:
                break
            if dropped is not None:
                log.warning("Too many receipts wait; %s is not printed.", dropped.name)
        self._jobs.put(_Job(name, draw, self._clock() + self._options.lifetime))

    def _print_next(self) -> float:
        """Wait for a page and print it, or check an idle printer."""
        try:
            job = self._jobs.get(timeout=self._options.check_idle if self._is_healthy else self._options.check_failed)
        except queue.Empty:
            self._run_safely(self._check_printer)
            return 0.0
        if job is not None:
            self._run_safely(partial(self._draw_and_print, job))
        return 0.0

    def _run_safely(self, work: Callable[[], None]) -> None:
        """Do `work` and log its exceptions. A bug in one page must not stop the printing of all others."""
        try:
            work()
        except Exception:
            log.exception("A page could not be printed.")
            self._report(PrinterProblem("error.unexpected"))

    def _check_printer(self) -> None:
        """Check the printer's status, which sends nothing that could be printed."""
        try:
            self._printer.check()
        except PrinterProblem as problem:
            self._report(problem)
        else:
            self._report(None)

    def _draw_and_print(self, job: _Job) -> None:
        try:
            page = job.draw()
        except Problem as problem:  # for instance no fonts on this computer
            self._report(PrinterProblem(problem.key, **problem.values))
            return
        self._print(job, page)

    def _print(self, job: _Job, page: Page) -> None:
        """Try until the page is printed, may be printed in part, or has expired."""
        while not self._loop.is_stopped:
            if self._clock() >= job.expires_at:
                log.warning("The receipt %s was not printed in time and is dropped.", job.name)
                return
            try:
                self._printer.print(page)
            except PrinterProblem as problem:
                self._report(problem)
                if problem.reason not in BEFORE_PAPER or problem.reason == "spec":
                    return
                self._wait(self._options.retry)
            else:
                self._report(None)
                return

    def _report(self, problem: PrinterProblem | None) -> None:
        self._is_healthy = problem is None
        key = problem.key if problem else None
        if key == self._reported_key or self._loop.is_stopped:  # after `stop` the listener may be closed already
            return
        self._reported_key = key
        if problem is not None:
            log.warning("The printer: %s", problem)
        try:
            self._on_problem(problem)
        except Exception:  # a failing listener must not repeat or prevent a page
            log.exception("A listener of the printer failed.")
