"""Any other printer, through a print queue of CUPS: its own commands lp, lpstat and cancel (man lp)."""

from __future__ import annotations

import io
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Final

from hardware.printers.printer import Page, PrinterProblem

_COMMAND: Final = 10.0  # seconds for CUPS to answer
_PAGE: Final = 60.0  # seconds for a page to leave the queue
_LOOK: Final = 0.25
_DPI: Final = 203  # dots of a receipt to the inch; on a sheet of paper the receipt keeps its size
_JOB: Final = re.compile(r"\b(\S+-\d+)\b")
_PLAIN: Final = {"LC_ALL": "C", "LANGUAGE": "C"}  # their answers are read, so they must speak one language


class CupsPrinter:
    """A Printer (hardware.printers.printer) that prints on the queue named `queue`.

    A job that does not leave the queue is taken out of it again, or it would come out when its student is long gone.
    """

    def __init__(
        self,
        queue: str,
        environment: Mapping[str, str],
        *,
        patience: float = _PAGE,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._queue = queue
        self._environment = {**environment, **_PLAIN}
        self._patience, self._clock, self._wait = patience, clock, wait

    def check(self) -> str:
        if self._stopped() or "not accepting" in self._run("lpstat", "-a", self._queue):
            raise PrinterProblem("printer.offline", printer=self._queue)
        return self._queue

    def print(self, page: Page) -> None:
        self.check()
        job = self._submit(page)
        until = self._clock() + self._patience
        while self._waits(job):
            if self._clock() >= until or self._stopped():
                self._take_back(job)
                raise PrinterProblem("printer.stuck", printer=self._queue)
            self._wait(_LOOK)

    def _submit(self, page: Page) -> str:
        file = io.BytesIO()
        page.picture.convert("L").save(file, "PDF", resolution=_DPI)
        said = self._run("lp", "-d", self._queue, "-t", page.name, "-", given=file.getvalue())
        found = _JOB.search(said)
        if found is None:
            raise PrinterProblem("printer.refused", printer=self._queue)
        return found[1]

    def _stopped(self) -> bool:
        """Whether the queue stands still: somebody paused it, or CUPS did after an error of the printer."""
        return "disabled" in self._run("lpstat", "-p", self._queue)

    def _waits(self, job: str) -> bool:
        """Whether the job is still in the queue. A printer that stops in the middle keeps its job there."""
        return job in self._run("lpstat", "-W", "not-completed", "-o", self._queue).split()

    def _take_back(self, job: str) -> None:
        self._run("cancel", job)

    def _run(self, *command: str, given: bytes = b"") -> str:
        try:
            done = subprocess.run(
                command, input=given, capture_output=True, env=self._environment, timeout=_COMMAND, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:  # CUPS is not installed, or its daemon hangs
            raise PrinterProblem("printer.no_queue", printer=self._queue) from error
        if done.returncode:
            reason = "refused" if command[0] == "lp" and b"not accepting" in done.stderr else "no_queue"
            raise PrinterProblem(f"printer.{reason}", printer=self._queue)
        return done.stdout.decode(errors="replace")
