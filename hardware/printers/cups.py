"""Any printer behind a print queue of CUPS, by the commands lp, lpstat and cancel of CUPS (man lp)."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from hardware.printers.api import Document, Page, PrinterProblem

log = logging.getLogger("printer")

_COMMAND_TIMEOUT_S: Final = 10.0  # seconds for CUPS to answer
_PAGE_TIMEOUT_S: Final = 60.0  # seconds for a page to leave the queue
_POLL_INTERVAL_S: Final = 0.25
_SHEET_TIMEOUT_S: Final = 90.0  # seconds for one sheet of photo paper: dye-sublimation printers take up to a minute
_DOCUMENT_TIMEOUT_S: Final = 1800.0  # seconds for somebody to notice an empty tray and fill it
_DPI: Final = 203  # dots per inch of a receipt; on a sheet of paper the receipt keeps its size
_JOB_ID: Final = re.compile(r"\b(\S+-\d+)\b")
_FAILED_JOB_REASONS: Final = ("job-canceled", "aborted-by-system", "job-aborted")  # RFC 8011, job-state-reasons
_ALERTS: Final = re.compile(r"^\s*Alerts:(?P<reasons>.*)$", re.MULTILINE)
_MEDIA: Final = {(102.0, 152.0): "na_index-4x6_4x6in", (210.0, 297.0): "iso_a4_210x297mm"}
"""Names of PWG 5101.1 by width and height in mm; another paper is named by its size."""
_WAITING_REASONS: Final = {
    "paper_out": ("media-empty", "media-needed"),
    "offline": ("cover-open", "door-open", "interlock-open", "offline", "connecting-to-device"),
}
"""printer-state-reasons (RFC 8011, 5.4.12) with which a job waits and then continues automatically."""
_C_LOCALE: Final = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
}  # the output of the commands is parsed, so it must be in one language


class CupsPrinter:
    """A Printer (hardware.printers.api) that prints on the queue named `queue`.

    A job that does not leave the queue is cancelled, or it would be printed after its student has left.
    """

    def __init__(
        self,
        queue: str,
        environment: Mapping[str, str],
        *,
        timeout: float = _PAGE_TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._queue = queue
        self._environment = {**environment, **_C_LOCALE}
        self._timeout, self._clock, self._wait = timeout, clock, wait

    def check(self) -> str:
        if self._is_disabled() or "not accepting" in self._run("lpstat", "-a", self._queue):
            raise PrinterProblem("printer.offline", printer=self._queue)
        return self._queue

    def print(self, page: Page) -> None:
        self.check()
        job = self._submit(page)
        self._wait_until_printed(job, self._clock() + self._timeout)

    def print_document(
        self, document: Document, on_wait: Callable[[str | None], None], is_cancelled: Callable[[], bool]
    ) -> bool:
        """Print the sheets of a document at their size; return False if the job was cancelled by `is_cancelled`.

        If a tray is empty, the job waits until somebody fills it. `on_wait` receives the reason why the printer waits
        (`paper_out`, `offline`), None when it prints. Raises PrinterProblem as `print` does.
        """
        self.check()
        limit = _DOCUMENT_TIMEOUT_S + _SHEET_TIMEOUT_S * document.sheets
        options = (f"media={_media_name(document.paper)}", "print-scaling=none")
        job = self._submit_pdf(document.name, document.pdf, limit, options)
        return self._wait_until_printed(
            job, self._clock() + limit, is_cancelled, lambda: on_wait(self._waiting_reason())
        )

    def _wait_until_printed(
        self,
        job: str,
        until: float,
        is_cancelled: Callable[[], bool] = lambda: False,
        on_poll: Callable[[], None] = lambda: None,
    ) -> bool:
        """Wait until CUPS has printed the job. Cancel it and return False if `is_cancelled`. Raises PrinterProblem."""
        try:
            while self._is_queued(job):
                if is_cancelled():
                    self._cancel(job)
                    return False
                if self._clock() >= until or self._is_disabled():
                    raise PrinterProblem("printer.stuck", printer=self._queue)
                on_poll()
                self._wait(_POLL_INTERVAL_S)
            failed = self._has_failed(job)
        except PrinterProblem as problem:
            self._cancel(job)
            # From here on CUPS has the job: sending it again may print it twice.
            raise problem if problem.reason == "stuck" else self._lost() from problem
        if failed:
            raise PrinterProblem("printer.stuck", printer=self._queue)
        return True

    def _submit(self, page: Page) -> str:
        file = io.BytesIO()
        page.picture.convert("L").save(file, "PDF", resolution=_DPI)
        return self._submit_pdf(page.name, file.getvalue(), self._timeout)

    def _submit_pdf(self, name: str, pdf: bytes, timeout: float, options: Sequence[str] = ()) -> str:
        # CUPS itself cancels the job after this time, in case this program has ended by then.
        limit = f"job-cancel-after={max(1, round(timeout))}"
        arguments = [word for option in (limit, *options) for word in ("-o", option)]
        command = ("lp", "-d", self._queue, *arguments, "-t", name, "-")
        try:
            output = self._run_command(command, pdf)
        except subprocess.TimeoutExpired as error:  # the job may have been accepted all the same
            raise self._lost() from error
        match = _JOB_ID.search(output)
        if match is None:
            raise self._lost()
        return match[1]

    def _is_disabled(self) -> bool:
        """Return whether the queue is stopped: somebody paused it, or CUPS did after a printer error."""
        output = self._run("lpstat", "-p", self._queue)
        return any(line.startswith(f"printer {self._queue} disabled") for line in output.splitlines())

    def _waiting_reason(self) -> str | None:
        """Return why the printer waits: `paper_out`, `offline`; None if it prints."""
        match = _ALERTS.search(self._run("lpstat", "-l", "-p", self._queue))
        alerts = match["reasons"] if match else ""
        return next((reason for reason, words in _WAITING_REASONS.items() if any(one in alerts for one in words)), None)

    def _is_queued(self, job: str) -> bool:
        """Return whether the job is still in the queue. A printer that stops in the middle keeps its job there."""
        return job in self._run("lpstat", "-W", "not-completed", "-o", self._queue).split()

    def _has_failed(self, job: str) -> bool:
        """Return whether the job left the queue without being printed: aborted by CUPS, or cancelled by somebody."""
        current_job = ""
        for line in self._run("lpstat", "-l", "-W", "completed", "-o", self._queue).splitlines():
            current_job = line.split()[0] if line[:1].strip() else current_job
            if current_job == job and any(word in line for word in _FAILED_JOB_REASONS):
                return True
        return False

    def _cancel(self, job: str) -> None:
        try:
            self._run("cancel", job)
        except PrinterProblem:  # it has just been printed, or CUPS is gone
            log.warning("The job %s could not be cancelled.", job)

    def _lost(self) -> PrinterProblem:
        return PrinterProblem("printer.lost", printer=self._queue)

    def _run(self, *command: str) -> str:
        try:
            return self._run_command(command)
        except subprocess.TimeoutExpired as error:
            raise PrinterProblem("printer.no_queue", printer=self._queue) from error

    def _run_command(self, command: Sequence[str], stdin: bytes = b"") -> str:
        """Return the command's output. Raises TimeoutExpired if the daemon hangs, PrinterProblem if the command
        fails."""
        try:
            result = subprocess.run(
                command,
                input=stdin,
                capture_output=True,
                env=self._environment,
                timeout=_COMMAND_TIMEOUT_S,
                check=False,
            )
        except OSError as error:  # CUPS is not installed
            raise PrinterProblem("printer.no_queue", printer=self._queue) from error
        if result.returncode:
            reason = "refused" if command[0] == "lp" and b"not accepting" in result.stderr else "no_queue"
            raise PrinterProblem(f"printer.{reason}", printer=self._queue)
        return result.stdout.decode(errors="replace")


def _media_name(paper: tuple[float, float]) -> str:
    """Return the name of the paper, which is the same for portrait and landscape: they use the same tray."""
    width, height = sorted(paper)
    return _MEDIA.get((width, height), f"Custom.{width:g}x{height:g}mm")
