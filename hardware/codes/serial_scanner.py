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

from hardware.codes.scan import Scan, ScannerProblem

log = logging.getLogger(__name__)
_SLICE: Final = 0.1
_JOIN_S: Final = 3.0
LONGEST: Final = 4096
_ENDS: Final = re.compile(rb"[\r\n\0\x03]+")
_STARTS: Final = b"\x02"
_BUSY: Final = (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK)
_FORBIDDEN: Final = (errno.EACCES, errno.EPERM)


class Lines:
    """Takes bytes as they arrive and hands out the codes: what stands between two ends of a line, or before a pause."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, chunk: bytes) -> list[str]:
        *whole, self._begun = _ENDS.split(self._begun + chunk)
        # Endless noise is no code; what is left of it goes with the next end of a line.
        self._begun = self._begun[-LONGEST:]
        return [code for line in whole if (code := _text(line))]

    def pause(self) -> list[str]:
        """Nothing came for a while: a scanner that ends its lines with nothing has ended one."""
        line, self._begun = self._begun, b""
        code = _text(line)
        return [code] if code else []


@dataclass(frozen=True)
class ScannerPace:
    """Seconds until a scanner that is gone is looked for, and the most it grows to."""

    reopen_first: float = 0.5
    reopen_most: float = 5.0


class SerialScanner:
    """A CodeScanner (hardware.codes.scan). `on_problem` gets each ScannerProblem once, and None when it is over
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
            for code in lines.feed(chunk) if chunk else lines.pause():
                if not self._stopped.is_set():
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
