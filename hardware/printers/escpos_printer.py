"""Receipt printers that speak ESC/POS, by python-escpos: over the network, on USB, or as a device file."""

from __future__ import annotations

import errno
import logging
import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final, Protocol

from escpos.escpos import Escpos
from escpos.exceptions import DeviceNotFoundError, USBNotFoundError
from escpos.printer import File, Network, Usb
from usb.core import NoBackendError

from hardware.printers.printer import Page, PrinterProblem

PORT: Final = 9100  # raw printing, as every network receipt printer has it
_CONNECT: Final = 3.0  # seconds
_ANSWER: Final = 2.0  # seconds for a status byte
_SEND: Final = 10.0  # seconds without a byte taken: a receipt is 50 kB and prints in two seconds
_CHUNK: Final = 480  # rows of dots in one piece; cheap printers have room for no more
# Real-time status, DLE EOT n (Epson ESC/POS reference): n=1 printer, 2 why offline, 4 paper.
_ONLINE, _CAUSE, _PAPER = b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04"
_IS_STATUS: Final = (0b10010011, 0b00010010)  # bits 7, 4, 1, 0 of every status byte are 0, 1, 1, 0
_OFFLINE: Final = 0b00001000
_COVER: Final = 0b00000100
_PAPER_END_STOPPED: Final = 0b00100000
_PAPER_END: Final = 0b01100000
_INITIALIZE: Final = b"\x1b@"

log = logging.getLogger("printer")


class Link(Protocol):
    """One way to a printer, opened anew for each page."""

    @property
    def name(self) -> str: ...

    def open(self) -> Escpos: ...

    def answers(self, device: Escpos) -> bool:
        """Whether an answer waits within `_ANSWER` seconds; printers on a one-way line never answer."""


@dataclass(frozen=True)
class NetworkLink:
    host: str
    port: int = PORT

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"

    def open(self) -> Escpos:
        device = Network(self.host, self.port, timeout=_CONNECT)
        device.open()
        device.device.settimeout(_SEND)
        return device

    def answers(self, device: Escpos) -> bool:
        return bool(select.select([device.device], [], [], _ANSWER)[0])


@dataclass(frozen=True)
class UsbLink:
    vendor: int
    product: int

    @property
    def name(self) -> str:
        return f"USB {self.vendor:04x}:{self.product:04x}"

    def open(self) -> Escpos:
        device = Usb(self.vendor, self.product, timeout=int(_SEND * 1000))
        device.open()
        return device

    def answers(self, device: Escpos) -> bool:
        return True  # the read itself gives up after its time-out


@dataclass(frozen=True)
class FileLink:
    """A device file such as /dev/usb/lp0, opened for both directions where the driver allows it."""

    path: str

    @property
    def name(self) -> str:
        return self.path

    def open(self) -> Escpos:
        return _TwoWayFile(self.path)

    def answers(self, device: Escpos) -> bool:
        return isinstance(device, _TwoWayFile) and device.answers()


class _TwoWayFile(File):
    """python-escpos opens device files for writing only and waits in a write for as long as the printer likes."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EPERM, errno.EACCES):
                raise
            self._fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        self.device: IO[bytes] = os.fdopen(self._fd, "wb", buffering=0)

    def answers(self) -> bool:
        try:
            return bool(select.select([self._fd], [], [], _ANSWER)[0])
        except OSError:
            return False

    def _raw(self, msg: bytes) -> None:
        left = memoryview(msg)
        while left:
            if not select.select([], [self._fd], [], _SEND)[1]:
                raise TimeoutError("the printer takes no more bytes")
            left = left[os.write(self._fd, left) :]

    def _read(self) -> bytes:
        try:
            return os.read(self._fd, 16)
        except OSError:
            return b""  # opened for writing only


class EscposPrinter:
    """A Printer (hardware.printers.printer). `dots` is the width of its line: 576 at 80 mm paper, 384 at 58 mm."""

    def __init__(self, link: Link, dots: int = 576) -> None:
        self._link = link
        self._dots = dots

    def check(self) -> str:
        with self._opened() as device:
            self._look(device)
        return self._link.name

    def print(self, page: Page) -> None:
        """As Printer. A printer that took a part of the page and then no more is `stuck`; the rest is not sent, and
        whatever it still holds it drops when it is switched off."""
        with self._opened() as device:
            self._look(device)
            with self._failing_as("stuck", "lost"):
                self._send(device, page)
            self._look_after(device)

    def _send(self, device: Escpos, page: Page) -> None:
        picture = page.picture.convert("1")
        if picture.width > self._dots:
            raise ValueError(f"A page {picture.width} dots wide on a line of {self._dots}.")
        device._raw(_INITIALIZE)
        device.image(picture, impl="bitImageRaster", fragment_height=_CHUNK)
        device.cut()

    def _look(self, device: Escpos) -> None:
        """What the printer says of itself before anything is sent. One that says nothing is believed to be well."""
        online = self._ask(device, _ONLINE)
        if online is None:
            return
        paper, cause = self._ask(device, _PAPER), self._ask(device, _CAUSE)
        if (paper or 0) & _PAPER_END or (cause or 0) & _PAPER_END_STOPPED:
            raise PrinterProblem("printer.paper_out", printer=self._link.name)
        if online & _OFFLINE or (cause or 0) & _COVER:
            raise PrinterProblem("printer.offline", printer=self._link.name)

    def _look_after(self, device: Escpos) -> None:
        """Paper that ran out in the middle leaves half a receipt."""
        with self._failing_as("stuck", "lost"):
            online = self._ask(device, _ONLINE)
        if online is not None and online & _OFFLINE:
            raise PrinterProblem("printer.stuck", printer=self._link.name)

    def _ask(self, device: Escpos, question: bytes) -> int | None:
        with self._failing_as("offline", "absent"):
            device._raw(question)
            if not self._link.answers(device):
                return None
            answer = device._read()
        status = next((byte for byte in reversed(answer) if byte & _IS_STATUS[0] == _IS_STATUS[1]), None)
        return status

    @contextmanager
    def _opened(self) -> Iterator[Escpos]:
        device = self._try_to_open()
        try:
            yield device
        finally:
            with self._failing_as("lost", "lost"):
                device.close()

    def _try_to_open(self) -> Escpos:
        try:
            return self._link.open()
        except (DeviceNotFoundError, USBNotFoundError, NoBackendError, OSError) as error:
            denied = isinstance(error, PermissionError) or getattr(error, "errno", 0) == errno.EACCES
            reason = "not_allowed" if denied else "absent"
            raise PrinterProblem(f"printer.{reason}", printer=self._link.name) from error

    @contextmanager
    def _failing_as(self, late: str, gone: str) -> Iterator[None]:
        """Says what a failing line means here: `late` where it only takes too long, `gone` where it is broken."""
        try:
            yield
        except TimeoutError as error:
            raise PrinterProblem(f"printer.{late}", printer=self._link.name) from error
        except OSError as error:  # usb.core.USBError is one
            reason = late if error.errno == errno.ETIMEDOUT else gone
            raise PrinterProblem(f"printer.{reason}", printer=self._link.name) from error
