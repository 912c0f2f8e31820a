"""A code scanner on a serial port: one code a line. It only listens, so that it can do no harm at a wrong port."""

from __future__ import annotations

import errno
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import serial

from hardware.barcodes.api import Scan, ScannerProblem

log = logging.getLogger(__name__)
_SLICE: Final = 0.1
_JOIN_S: Final = 3.0
_PAUSES: Final = 20
"""Slices of silence after which a code without an end is told of: two seconds."""
LONGEST: Final = 4096
_ENDS: Final = re.compile(rb"[\r\n\0\x03]+")
_STARTS: Final = b"\x02"
_BUSY: Final = (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK)
_FORBIDDEN: Final = (errno.EACCES, errno.EPERM)


class Lines:
    """Takes bytes as they arrive and hands out the codes: what stands between two ends of a line. A pause ends none:
    what came before it may be the first part of a code, and a part can be another student's whole number."""

    def __init__(self) -> None:
        self._begun = b""
        self._too_long = False
        self._pauses = 0

    def feed(self, chunk: bytes) -> list[str]:
        self._pauses = 0
        *whole, begun = _ENDS.split(self._begun + chunk)
        if whole and self._too_long:  # the end of endless noise
            del whole[0]
            self._too_long = False
        self._too_long = self._too_long or len(begun) > LONGEST
        self._begun = b"" if self._too_long else begun
        return [code for line in whole if len(line) <= LONGEST and (code := _text(line))]

    def pause(self) -> bool:
        """Nothing came for a while; whether a code has just turned out to have no end."""
        self._pauses += 1
        return self._pauses == _PAUSES and bool(_text(self._begun))


@dataclass(frozen=True)
class ScannerPace:
    """Seconds until a scanner that is gone is looked for, and the most it grows to."""

    reopen_first: float = 0.5
    reopen_most: float = 5.0


class SerialScanner:
    """A CodeScanner (hardware.barcodes.api). `on_problem` gets each ScannerProblem once, and None when it is over
    or there is none: what comes from then on is heard."""

    def __init__(
        self,
        port: str,
        on_scan: Callable[[Scan], None],
        on_problem: Callable[[ScannerProblem | None], None],
        baud: int = 9_600,
        pace: ScannerPace | None = None,
    ) -> None:
        self._port = port
        self._baud = baud
        self._on_scan = on_scan
        self._on_problem = on_problem
        self._pace = pace or ScannerPace()
        self._trouble: str | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="serial-scanner", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        delay = self._pace.reopen_first
        while not self._stopped.is_set():
            try:
                with self._opened() as line:
                    self._tell(None)
                    delay = self._pace.reopen_first
                    self._listen(line)
            except ScannerProblem as problem:
                self._tell(problem)
            except OSError:  # SerialException is one; an unplugged adapter answers every call with it
                self._tell(ScannerProblem("scanner.lost", port=self._port))
            self._stopped.wait(delay)
            delay = min(delay * 2, self._pace.reopen_most)

    def _opened(self) -> serial.Serial:
        try:
            return serial.Serial(self._port, self._baud, timeout=_SLICE, exclusive=True)
        except (OSError, ValueError) as error:
            raise ScannerProblem(f"scanner.{_why_not(error)}", port=self._port) from error

    def _listen(self, line: serial.Serial) -> None:
        lines = Lines()
        while not self._stopped.is_set():
            chunk = line.read(max(1, line.in_waiting))
            if not chunk and lines.pause():
                self._tell(ScannerProblem("scanner.no_end"))
            for code in lines.feed(chunk) if chunk else []:
                if not self._stopped.is_set():
                    self._tell(None)
                    self._on_scan(Scan(code, "serial"))

    def _tell(self, problem: ScannerProblem | None) -> None:
        key = problem.key if problem else ""
        if key != self._trouble:
            self._trouble = key
            if problem:
                log.warning("the code scanner: %s", problem)
            self._on_problem(problem)


def _why_not(error: OSError | ValueError) -> str:
    code = getattr(error, "errno", None)
    if code in _FORBIDDEN:
        return "not_allowed"
    return "taken" if code in _BUSY else "absent"


def _text(line: bytes) -> str:
    """What a scanner sends of a QR code is its UTF-8, of older ones the bytes as they are (Latin-1)."""
    line = line.strip(_STARTS + b" \t")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
