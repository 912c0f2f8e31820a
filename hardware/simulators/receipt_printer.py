"""A simulated receipt printer: it accepts ESC/POS on a TCP port or a pseudo-terminal and draws what it prints.

Command bytes are those of Epson's ESC/POS reference. An unknown command is stored in `unknown` and ends the connection,
to detect a driver that sends garbage.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from PIL import Image

from hardware.simulators.simulator import Simulator

_DLE_EOT, _ESC_AT, _ESC_D, _RASTER, _CUT = b"\x10\x04", b"\x1b@", b"\x1bd", b"\x1dv0", b"\x1dV"
_LINE_FEED: Final = 10
_FIXED_BITS: Final = 0b00010010  # of every status byte
_CUT_WITH_FEED: Final = (65, 66)
_SOCKET_BUFFER_BYTES: Final = 4096  # bytes that the printer buffers, like a real one


@dataclass(frozen=True)
class PrinterFaults:
    """Faults from now on.

    silent: it answers no status request (a printer on a one-way line). stuck_after, gone_after: bytes of a page after
    which it accepts no more, or its connection breaks. paper_left: rows of dots until the roll ends.
    """

    cover_open: bool = False
    paper_out: bool = False
    silent: bool = False
    stuck_after: int | None = None
    gone_after: int | None = None
    paper_left: int | None = None


class UnknownCommand(Exception):
    """Bytes that are not a command of a receipt printer."""


class PaperRoll:
    """The paper: strips of dots as they were printed, and the receipts that were cut off."""

    def __init__(self) -> None:
        self.receipts: list[Image.Image] = []
        self._strips: list[np.ndarray] = []

    @property
    def hanging(self) -> int:
        """Rows of dots that are printed and not cut off."""
        return sum(len(strip) for strip in self._strips)

    def print(self, strip: np.ndarray) -> None:
        self._strips.append(strip)

    def cut(self) -> None:
        if not self._strips:
            return
        width = max(strip.shape[1] for strip in self._strips)
        rows = [np.pad(strip, ((0, 0), (0, width - strip.shape[1]))) for strip in self._strips]
        self.receipts.append(Image.fromarray(np.where(np.vstack(rows), 0, 255).astype(np.uint8)))
        self._strips = []


class _Parser:
    """Parses bytes as they arrive; `printer` answers status requests and prints dots."""

    def __init__(self, printer: SimulatedPrinter) -> None:
        self._printer = printer
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Process `data` and return the printer's answer."""
        self._buffer += data
        answers = bytearray()
        while self._buffer:
            length = self._execute_next(answers)
            if length == 0:
                break
            del self._buffer[:length]
        return bytes(answers)

    def _execute_next(self, answers: bytearray) -> int:
        """Execute the first command in the buffer; return its length, 0 if it is incomplete."""
        buffer = bytes(self._buffer[:8])
        if buffer[0] == _LINE_FEED:
            return 1
        if len(buffer) < 3:
            return len(_ESC_AT) if buffer == _ESC_AT else 0
        if buffer.startswith(_DLE_EOT):
            answers += self._printer.status(buffer[2])
            return 3
        if buffer.startswith(_ESC_AT):
            return 2
        if buffer.startswith(_ESC_D):
            return 3
        if buffer.startswith(_CUT):
            self._printer.roll.cut()
            return 4 if buffer[2] in _CUT_WITH_FEED else 3
        if buffer.startswith(_RASTER):
            return self._raster(buffer)
        raise UnknownCommand(buffer.hex(" "))

    def _raster(self, head: bytes) -> int:
        if len(head) < 8:
            return 0
        across, rows = int.from_bytes(head[4:6], "little"), int.from_bytes(head[6:8], "little")
        size = 8 + across * rows
        if len(self._buffer) < size:
            return 0
        dots = np.unpackbits(np.frombuffer(bytes(self._buffer[8:size]), np.uint8).reshape(rows, across), axis=1)
        self._printer.take(dots.astype(bool))
        return size


class SimulatedPrinter(Simulator):
    """Start with `start()` or as a context manager. `port` is its TCP port, `path` its pseudo-terminal; a page may
    arrive on either. Methods may be called from any thread."""

    def __init__(self) -> None:
        self.roll = PaperRoll()
        self.unknown = ""
        self._faults = PrinterFaults()
        self._received_bytes = 0
        self._server = self._listen()
        self.port = int(self._server.getsockname()[1])
        self._printer_end, self._host_end = os.openpty()
        tty.setraw(self._printer_end)
        tty.setraw(self._host_end)
        self.path = os.ttyname(self._host_end)
        self._terminal_parser = _Parser(self)
        self._stop, self._wakeup_fd = os.pipe()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="simulated-printer", daemon=True)

    def _listen(self) -> socket.socket:
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER_BYTES)
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        return server

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        os.write(self._wakeup_fd, b".")
        self._thread.join()
        self._server.close()
        for descriptor in (self._printer_end, self._host_end, self._stop, self._wakeup_fd):
            os.close(descriptor)

    def set_faults(self, faults: PrinterFaults) -> None:
        """Set these faults and no others, and count the received bytes from 0, as after switching it off and on."""
        with self._changed:
            self._faults, self._received_bytes = faults, 0

    def wait_for_receipts(self, count: int, timeout: float = 10.0) -> list[Image.Image]:
        """Return the receipts, once `count` of them are cut off or `timeout` seconds are over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.roll.receipts) >= count, timeout)
            return list(self.roll.receipts)

    # ------------------------------------------------------------------ called by the parser

    def status(self, request: int) -> bytes:
        faults = self._faults
        if faults.silent:
            return b""
        paper_out = faults.paper_out or faults.paper_left == 0
        answers = {
            1: 0b00001000 if paper_out or faults.cover_open else 0,
            2: (0b00000100 if faults.cover_open else 0) | (0b00100000 if paper_out else 0),
            4: 0b01100000 if paper_out else 0,
        }
        return bytes((_FIXED_BITS | answers.get(request, 0),))

    def take(self, dots: np.ndarray) -> None:
        rows = self._faults.paper_left
        if rows is not None:
            dots = dots[:rows]
            self._faults = replace(self._faults, paper_left=rows - len(dots))
        self.roll.print(dots)

    # ------------------------------------------------------------------ on the printer's thread

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._server.fileno(), self._printer_end, self._stop], [], [])
            if self._stop in ready:
                return
            if self._server.fileno() in ready:
                connection, _ = self._server.accept()
                with connection:
                    self._serve(connection.fileno())
            else:
                self._serve(self._printer_end)

    def _serve(self, descriptor: int) -> None:
        """Serve one connection until it ends. A stuck printer keeps the connection and reads nothing more."""
        is_terminal = descriptor == self._printer_end
        parser = self._terminal_parser if is_terminal else _Parser(self)
        while True:
            watched = [self._stop] if self._has_received(self._faults.stuck_after) else [descriptor, self._stop]
            ready, _, _ = select.select(watched, [], [], 0.05)
            if self._stop in ready or self._has_received(self._faults.gone_after):
                return
            if descriptor not in ready:
                if is_terminal:
                    return
                continue
            try:
                data = os.read(descriptor, 1024)
            except OSError:
                return
            if not data or not self._process(parser, data, descriptor):
                return

    def _has_received(self, count: int | None) -> bool:
        return count is not None and self._received_bytes >= count

    def _process(self, parser: _Parser, data: bytes, descriptor: int) -> bool:
        with self._changed:
            self._received_bytes += len(data)
            try:
                answer = parser.feed(data)
            except UnknownCommand as unknown:
                self.unknown = str(unknown)
                return False
            self._changed.notify_all()
        if answer:
            os.write(descriptor, answer)
        return True
