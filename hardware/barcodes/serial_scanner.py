"""A code scanner on a serial port: one code per line. It only reads, so that a wrong port causes no harm."""

from __future__ import annotations

import errno
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import serial

from config.background_loop import BackgroundLoop
from hardware.barcodes.api import Scan, ScannerProblem

log = logging.getLogger(__name__)
_READ_TIMEOUT_S: Final = 0.1
_MAX_SILENT_READS: Final = 20
"""Reads without data after which a code without an end is reported: two seconds."""
MAX_LENGTH: Final = 4096
_LINE_ENDS: Final = re.compile(rb"[\r\n\0\x03]+")
_STX: Final = b"\x02"
_BUSY: Final = (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK)
_FORBIDDEN: Final = (errno.EACCES, errno.EPERM)


class LineBuffer:
    """Accepts bytes as they arrive and returns the codes: the text between two line ends. A pause does not end a code:
    the text before it may be the first part, and a part can be another student's complete number."""

    def __init__(self) -> None:
        self._partial = b""
        self._overflowed = False
        self._silent_reads = 0

    def feed(self, chunk: bytes) -> list[str]:
        self._silent_reads = 0
        *complete, partial = _LINE_ENDS.split(self._partial + chunk)
        if complete and self._overflowed:  # discard endless noise
            del complete[0]
            self._overflowed = False
        self._overflowed = self._overflowed or len(partial) > MAX_LENGTH
        self._partial = b"" if self._overflowed else partial
        return [code for line in complete if len(line) <= MAX_LENGTH and (code := _decode_line(line))]

    def on_silence(self) -> bool:
        """Handle a pause; return whether there is a code without an end."""
        self._silent_reads += 1
        return self._silent_reads == _MAX_SILENT_READS and bool(_decode_line(self._partial))


@dataclass(frozen=True)
class ReopenIntervals:
    """Seconds until a lost scanner is opened again; the delay doubles up to `max_reopen`."""

    min_reopen: float = 0.5
    max_reopen: float = 5.0


class SerialScanner:
    """A CodeScanner (hardware.barcodes.api).

    `on_problem` receives each ScannerProblem once, and None when it is over or the port was opened without one.
    """

    def __init__(
        self,
        port: str,
        on_scan: Callable[[Scan], None],
        on_problem: Callable[[ScannerProblem | None], None],
        baud: int = 9_600,
        intervals: ReopenIntervals | None = None,
    ) -> None:
        self._port = port
        self._baud = baud
        self._on_scan = on_scan
        self._on_problem = on_problem
        self._intervals = intervals or ReopenIntervals()
        self._problem_key: str | None = None
        self._reopen_delay = self._intervals.min_reopen
        self._loop = BackgroundLoop("serial-scanner", self._scan_until_lost)
        self.start, self.stop = self._loop.start, self._loop.stop

    def _scan_until_lost(self) -> float:
        """Read codes until the port fails; return the seconds until it is opened again."""
        try:
            with self._open() as connection:
                self._report(None)
                self._reopen_delay = self._intervals.min_reopen
                self._read_codes(connection)
        except ScannerProblem as problem:
            self._report(problem)
        except OSError:  # SerialException is one; an unplugged adapter raises it at every call
            self._report(ScannerProblem("scanner.lost", port=self._port))
        delay, self._reopen_delay = self._reopen_delay, min(self._reopen_delay * 2, self._intervals.max_reopen)
        return delay

    def _open(self) -> serial.Serial:
        try:
            return serial.Serial(self._port, self._baud, timeout=_READ_TIMEOUT_S, exclusive=True)
        except (OSError, ValueError) as error:
            raise ScannerProblem(f"scanner.{_open_error_reason(error)}", port=self._port) from error

    def _read_codes(self, connection: serial.Serial) -> None:
        lines = LineBuffer()
        while not self._loop.is_stopped:
            chunk = connection.read(max(1, connection.in_waiting))
            if not chunk and lines.on_silence():
                self._report(ScannerProblem("scanner.no_end"))
            for code in lines.feed(chunk) if chunk else []:
                if not self._loop.is_stopped:
                    self._report(None)
                    self._on_scan(Scan(code, "serial"))

    def _report(self, problem: ScannerProblem | None) -> None:
        key = problem.key if problem else ""
        if key != self._problem_key:
            self._problem_key = key
            if problem:
                log.warning("the code scanner: %s", problem)
            self._on_problem(problem)


def _open_error_reason(error: OSError | ValueError) -> str:
    code = getattr(error, "errno", None)
    if code in _FORBIDDEN:
        return "not_allowed"
    return "taken" if code in _BUSY else "absent"


def _decode_line(line: bytes) -> str:
    """Decode a scan: scanners send a QR code as UTF-8, old ones its bytes unchanged (Latin-1)."""
    line = line.strip(_STX + b" \t")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
