"""The serial connection to a SAM-V module: one command, one reply, with noise filtered out."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import serial

from hardware.card_reader.api import ReaderProblem
from hardware.card_reader.samv_protocol import REPLY_BODY_BYTES, Command, FrameDecoder, Reply

BAUD_RATES: Final = (115_200, 57_600, 38_400, 19_200, 9_600)
"""The speeds of a module, the factory's own first. Always 8 data bits, no parity, one stop bit."""
_READ_TIMEOUT_S: Final = 0.05
_BUSY: Final = (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK)
_FORBIDDEN: Final = (errno.EACCES, errno.EPERM)


class Garbled(Exception):
    """An invalid reply; internal to the driver, which repeats the command."""


@dataclass(frozen=True)
class CommandTimeouts:
    """Timeouts of each command in seconds. At 9600 baud, the slowest speed of a module, a reply of 1295 bytes alone
    takes 1.4 s on the wire, and card and module communicate for about a second before. `probe` is the timeout of a
    speed that is only tried."""

    status: float = 0.6
    reset: float = 1.5
    find: float = 0.6
    select: float = 0.6
    read: float = 3.0
    probe: float = 0.3

    def for_command(self, command: Command) -> float:
        return float(getattr(self, command.name.lower()))


class SamvConnection:
    """An open port. Raises ReaderProblem (lost, silent) and Garbled; after "lost" it is closed and dropped."""

    def __init__(self, port: str, baud: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Raises ReaderProblem: absent, not_allowed, taken."""
        self.port = port
        self._monotonic = monotonic
        try:
            self._serial = serial.Serial(port, baud, timeout=_READ_TIMEOUT_S, write_timeout=1.0, exclusive=True)
        except (OSError, ValueError) as error:
            raise ReaderProblem(f"reader.{_open_error_reason(error)}", port=port) from error

    def set_baud(self, baud: int) -> None:
        if baud == self._serial.baudrate:
            return
        try:
            self._serial.baudrate = baud
        except (OSError, ValueError) as error:
            raise ReaderProblem("reader.lost", port=self.port) from error

    def sends_unsolicited(self, seconds: float) -> bool:
        """Return whether bytes arrive within `seconds` without a command: a module never sends first."""
        try:
            self._serial.reset_input_buffer()
            until = self._monotonic() + seconds
            while self._monotonic() < until:
                if self._serial.read(1):
                    return True
        except OSError as error:
            raise ReaderProblem("reader.lost", port=self.port) from error
        return False

    def transact(self, command: Command, timeout: float) -> Reply:
        try:
            self._serial.read(self._serial.in_waiting)  # discard a late reply to an earlier command
            self._serial.write(command.frame)
            return self._read_reply(timeout)
        except OSError as error:  # SerialException is one; an unplugged adapter raises it at every call
            raise ReaderProblem("reader.lost", port=self.port) from error

    def close(self) -> None:
        self._serial.close()

    def _read_reply(self, timeout: float) -> Reply:
        decoder, received, damaged = FrameDecoder(REPLY_BODY_BYTES), False, False
        until = self._monotonic() + timeout
        while self._monotonic() < until:
            chunk = self._serial.read(max(1, self._serial.in_waiting))
            received = received or bool(chunk)
            for frame in decoder.feed(chunk):
                if isinstance(frame, bytes):
                    return Reply.from_body(frame)
                damaged = True
            if damaged and not chunk:
                break
        if received:
            raise Garbled
        raise ReaderProblem("reader.silent", port=self.port)


def _open_error_reason(error: OSError | ValueError) -> str:
    code = getattr(error, "errno", None)
    if code in _FORBIDDEN:
        return "not_allowed"
    return "taken" if code in _BUSY else "absent"
