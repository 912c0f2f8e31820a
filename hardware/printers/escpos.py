"""Receipt printers with ESC/POS: python-escpos encodes the page, a transport of escpos_transport sends it."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import usb.core
from escpos.capabilities import Profile
from escpos.printer import Dummy

from hardware.printers.api import Page, PrinterProblem
from hardware.printers.escpos_transport import Connection, Transport

_STATUS_TIMEOUT_S: Final = 2.0  # seconds for a status byte
_SEND_TIMEOUT_S: Final = 10.0  # seconds without progress: a receipt is 50 kB and prints in two seconds
_CHUNK_ROWS: Final = 480  # rows of dots in one piece; cheap printers buffer no more
# Real-time status, DLE EOT n (Epson ESC/POS reference): n=1 printer, 2 why offline, 4 paper.
_ONLINE, _OFFLINE_CAUSE, _PAPER = b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04"
_STATUS_MASK_AND_BITS: Final = (0b10010011, 0b00010010)  # bits 7, 4, 1, 0 of every status byte are 0, 1, 1, 0
_OFFLINE: Final = 0b00001000
_COVER: Final = 0b00000100
_PAPER_END_STOPPED: Final = 0b00100000
_PAPER_END: Final = 0b01100000
_INITIALIZE: Final = b"\x1b@"
_MAX_STALE_READS: Final = 64  # reads; the limit for a printer that never stops sending
_BUSY_ERRORS: Final = (errno.EBUSY, errno.EAGAIN)


class EscposPrinter:
    """A Printer (hardware.printers.api). `dots` is the width of its line: 576 at 80 mm paper, 384 at 58 mm."""

    def __init__(self, transport: Transport, dots: int = 576) -> None:
        self._transport = transport
        self._dots = dots

    def check(self) -> str:
        with self._connected() as connection:
            self._check_status(connection)
        return self._transport.name

    def print(self, page: Page) -> None:
        """Print the page; see Printer. A printer that accepts only a part of it is `stuck`: the rest is not sent, and
        its buffer is cleared when it is switched off."""
        data = self._encode(page)
        with self._connected() as connection:
            answers = self._check_status(connection)
            with self._translate_errors("stuck", "lost"):
                connection.send(data, _SEND_TIMEOUT_S)
                connection.flush(_SEND_TIMEOUT_S)
            if answers:
                self._check_after_print(connection)

    def _encode(self, page: Page) -> bytes:
        picture = page.picture.convert("1")
        if picture.width > self._dots:
            raise ValueError(f"A page {picture.width} dots wide on a line of {self._dots}.")
        writer = Dummy(profile=_profile(self._dots))
        writer._raw(_INITIALIZE)
        writer.image(picture, impl="bitImageRaster", fragment_height=_CHUNK_ROWS)
        writer.cut()
        return bytes(writer.output)

    def _check_status(self, connection: Connection) -> bool:
        """Check the printer's status before sending, and whether it reports any: a printer that does not answer is
        assumed to work and not queried again, because a late answer would be mistaken for the next one."""
        statuses = []
        for request in (_ONLINE, _PAPER, _OFFLINE_CAUSE):
            with self._translate_errors("offline", "absent"):
                answer = self._query_status(connection, request)
            if answer is None:
                break
            statuses.append(answer)
        online, paper, cause = [*statuses, 0, 0, 0][:3]
        if paper & _PAPER_END or cause & _PAPER_END_STOPPED:
            raise PrinterProblem("printer.paper_out", printer=self._transport.name)
        if online & _OFFLINE or cause & _COVER:
            raise PrinterProblem("printer.offline", printer=self._transport.name)
        return len(statuses) == 3

    def _check_after_print(self, connection: Connection) -> None:
        """Raise if the paper ran out in the middle, which leaves half a receipt."""
        with self._translate_errors("stuck", "lost"):
            online = self._query_status(connection, _ONLINE)
        if online is not None and online & _OFFLINE:
            raise PrinterProblem("printer.stuck", printer=self._transport.name)

    def _query_status(self, connection: Connection, request: bytes) -> int | None:
        """Return the status byte that answers `request`; None if there is none. Other bytes are skipped: noise, flow
        control, and status that some printers send without a request."""
        for _ in range(_MAX_STALE_READS):
            if not connection.recv(0):
                break
        connection.send(request, _STATUS_TIMEOUT_S)
        until = time.monotonic() + _STATUS_TIMEOUT_S
        while (remaining := until - time.monotonic()) > 0:
            received = connection.recv(remaining)
            if not received:
                return None
            for byte in received:
                if byte & _STATUS_MASK_AND_BITS[0] == _STATUS_MASK_AND_BITS[1]:
                    return byte
        return None

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        connection = self._open()
        try:
            yield connection
        except BaseException:
            with self._translate_errors("lost", "lost"):
                connection.close(discard=True)
            raise
        connection.close(discard=False)  # everything was accepted: a failure now does not undo the receipt

    def _open(self) -> Connection:
        try:
            return self._transport.open()
        except (OSError, ValueError, usb.core.NoBackendError) as error:  # ValueError: a name that no host can have
            number = getattr(error, "errno", None)
            reason = "not_allowed" if number in (errno.EACCES, errno.EPERM) else "absent"
            reason = "offline" if number in _BUSY_ERRORS else reason
            raise PrinterProblem(f"printer.{reason}", printer=self._transport.name) from error

    @contextmanager
    def _translate_errors(self, on_timeout: str, on_broken: str) -> Iterator[None]:
        """Translate a failing transport: `on_timeout` if it is too slow, `on_broken` if it fails."""
        try:
            yield
        except TimeoutError as error:
            raise PrinterProblem(f"printer.{on_timeout}", printer=self._transport.name) from error
        except OSError as error:  # usb.core.USBError is one
            raise PrinterProblem(f"printer.{on_broken}", printer=self._transport.name) from error


def _profile(dots: int) -> Profile:
    """Return the library's default printer with a line of `dots`: without a width it warns at every picture."""
    profile = Profile(features=Profile.profile_data["features"])
    profile.profile_data = {**profile.profile_data, "media": {"width": {"pixels": dots}}}
    return profile
