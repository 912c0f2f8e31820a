"""The code scanner on a serial port: opened and closed again. What it scans is not looked at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Final

from hardware.codes.scan import ScannerProblem
from hardware.codes.serial_scanner import SerialScanner
from kiosk.station_check.line import Level, Line, from_problem, line

_OPENED_BY: Final = 5.0  # seconds for a port to open


def scanner(port: str, baud: int) -> Iterator[Line]:
    """A warning at most: the camera reads codes too, and cards need none."""
    if not port:
        return
    told, heard = threading.Event(), list[ScannerProblem | None]()

    def hear(problem: ScannerProblem | None) -> None:
        heard.append(problem)
        told.set()

    driver = SerialScanner(port, lambda scan: None, hear, baud)
    driver.start()
    told.wait(_OPENED_BY)
    driver.stop()
    problem = heard[0] if heard else ScannerProblem("scanner.absent", port=port)
    if problem is not None:
        yield from_problem("scanner", Level.WARNING, problem)
    else:
        yield line("scanner", Level.OK, "ok", port=port)
