"""A simulated card reader: it implements the real protocol on a pseudo-terminal, for the real driver."""

from __future__ import annotations

import fcntl
import os
import sys
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from hardware.card_reader.card_text import Layout, encode_text
from hardware.card_reader.samv_protocol import REQUEST_BODY_BYTES, Command, DamagedFrame, FrameDecoder, Reply, Status
from hardware.card_reader.samv_serial import BAUD_RATES
from hardware.simulators.pseudo_serial_port import PseudoSerialPort, Terminal
from hardware.simulators.simulator import Simulator

PHOTO: Final = bytes(range(256)) * 4
"""The picture of every simulated card; it is neither blank nor a picture of a person."""
_ZEROS_FOUND: Final = bytes(4)
_ZEROS_SELECTED: Final = bytes(8)
_READ_TIMEOUT_S: Final = 0.2
_FINGERPRINT_FILL: Final = b"\x46"
_TERMIOS_BAUDS: Final = {baud: getattr(termios, f"B{baud}") for baud in BAUD_RATES}
_LAYOUTS: Final = {"mainland": Layout.MAINLAND, "hmt": Layout.HMT, "foreign": Layout.FOREIGN_2023}


@dataclass(frozen=True)
class ReaderFaults:
    """Faults or variations of the module from now on.

    prefix, suffix: noise before and after every answer.
    chunk: answers arrive in pieces of that many bytes (0: whole).
    cut_at: only that many bytes of the answer to READ arrive.
    damaged, damaged_at: that many of the next answers, to this command or to any, have a wrong checksum.
    silent: it does not answer.
    card_leaves_at: the card is removed when this command arrives.
    refuse_with: the status that reading returns instead.
    fingerprint_bytes: reading returns fingerprints of that many bytes, without a request.
    hung: it does not answer until it is reset.
    self_test_fails: it reports a failed self-test until it has been reset that many times (-1: always).
    old: it supports neither STATUS nor RESET.
    """

    prefix: bytes = b""
    suffix: bytes = b""
    chunk: int = 0
    cut_at: int | None = None
    damaged: int = 0
    damaged_at: Command | None = None
    silent: bool = False
    card_leaves_at: Command | None = None
    refuse_with: Status | None = None
    fingerprint_bytes: int | None = None
    hung: bool = False
    self_test_fails: int = 0
    old: bool = False


class SimulatedCardReader(Simulator):
    """Start with `start()` or as a context manager; every method may be called from any thread.

    `finds_again=False` behaves like many modules: a card that was read is found again only after it was lifted. The
    module ignores everything that arrives with another speed than `baud`.
    """

    def __init__(self, finds_again: bool = True, baud: int = BAUD_RATES[0]) -> None:
        self._finds_again = finds_again
        self.baud = baud
        self.serial_port = PseudoSerialPort("reader", self._receive)
        self._lock = self.serial_port.lock
        self._card: bytes | None = None
        self._was_read = False
        self._faults = ReaderFaults()
        self._decoder = FrameDecoder(REQUEST_BODY_BYTES)
        self._last_command: Command | None = None

    @property
    def port(self) -> str:
        return self.serial_port.path

    def start(self) -> SimulatedCardReader:
        self.serial_port.start()
        return self

    def stop(self) -> None:
        """End the thread and remove the port; calling it again does nothing."""
        self.serial_port.stop()

    def place_card(self, name: str, number: str, kind: str = "mainland") -> None:
        """Put a card of `kind` "mainland", "hmt" or "foreign" on the reader."""
        self.place(_LAYOUTS[kind], {"name": name, "number": number})

    def place(self, layout: Layout, fields: Mapping[str, str]) -> None:
        """Put a card with any fields of any layout on the reader."""
        text = encode_text(layout, fields)
        with self._lock:
            self._card, self._was_read = text, False

    def take_card(self) -> None:
        with self._lock:
            self._card = None

    def set_faults(self, faults: ReaderFaults) -> None:
        with self._lock:
            self._faults = faults

    def plug(self, name: str = "") -> None:
        """Make the port appear, on a new terminal; under another name if one is given."""
        with self._lock:
            self._decoder, self._last_command = FrameDecoder(REQUEST_BODY_BYTES), None
            self.serial_port.plug(name)

    def unplug(self) -> None:
        """Unplug the cable: the port vanishes, and a process that has it open gets an error at the next call."""
        self.serial_port.unplug()

    def _receive(self, terminal: Terminal, data: bytes) -> None:
        if not self._baud_matches(terminal):
            return
        for request in self._decoder.feed(data):
            self._send(terminal, self._answer_request(request))

    def _baud_matches(self, terminal: Terminal) -> bool:
        """Return whether the driver uses the module's speed. A terminal passes every byte on unchanged; a wire would
        not, at another speed."""
        return bool(termios.tcgetattr(terminal.host)[5] == _TERMIOS_BAUDS[self.baud])

    def _answer_request(self, request: bytes | DamagedFrame) -> bytes:
        if isinstance(request, DamagedFrame):
            return Reply(Status.CHECKSUM if request.reason == "checksum" else Status.LENGTH).frame
        command = next((known for known in Command if known.body == request), None)
        if command is None or (self._faults.old and command in (Command.STATUS, Command.RESET)):
            return Reply(Status.UNKNOWN_COMMAND).frame
        if self._faults.hung and command is not Command.RESET:
            return b""
        if command is self._faults.card_leaves_at:
            self._card = None
        frame = self._maybe_damage(command, self._reply(command).frame)
        return frame[: self._faults.cut_at] if command is Command.READ else frame

    def _reply(self, command: Command) -> Reply:
        before, self._last_command = self._last_command, None
        if command is Command.RESET:
            return self._reset()
        if self._faults.self_test_fails:
            return Reply(Status.SELF_TEST)
        if command is Command.STATUS:
            return Reply(Status.OK)
        if command is Command.FIND:
            if self._card is None or (self._was_read and not self._finds_again):
                return Reply(Status.NO_CARD)
            self._last_command = command
            return Reply(Status.FOUND, _ZEROS_FOUND)
        if command is Command.SELECT:
            if self._card is None or before is not Command.FIND:
                return Reply(Status.SELECT_FAILED)
            self._last_command = command
            return Reply(Status.OK, _ZEROS_SELECTED)
        return self._read(before)

    def _reset(self) -> Reply:
        count = self._faults.self_test_fails
        self._faults = replace(self._faults, hung=False, self_test_fails=count - 1 if count > 0 else count)
        return Reply(Status.SELF_TEST if self._faults.self_test_fails else Status.OK)

    def _read(self, before: Command | None) -> Reply:
        if self._faults.refuse_with is not None:
            return Reply(self._faults.refuse_with)
        if self._card is None or before is not Command.SELECT:
            return Reply(Status.READ_FAILED)
        self._was_read = True
        parts = [self._card, PHOTO]
        if self._faults.fingerprint_bytes is not None:
            parts.append(_FINGERPRINT_FILL * self._faults.fingerprint_bytes)
        return Reply(Status.OK, b"".join(len(part).to_bytes(2, "big") for part in parts) + b"".join(parts))

    def _maybe_damage(self, command: Command, frame: bytes) -> bytes:
        if self._faults.damaged and self._faults.damaged_at in (None, command):
            self._faults = replace(self._faults, damaged=self._faults.damaged - 1)
            return frame[:-1] + bytes((frame[-1] ^ 0xFF,))
        return frame

    def _send(self, terminal: Terminal, answer: bytes) -> None:
        if self._faults.silent or not answer:
            return
        out = self._faults.prefix + answer + self._faults.suffix
        step = self._faults.chunk or len(out)
        for start in range(0, len(out), step):
            os.write(terminal.device, out[start : start + step])
            if self._faults.chunk:
                _wait_until_read(terminal.host)


def _wait_until_read(host: int) -> None:
    """Wait until the driver has read everything: a terminal would otherwise join the pieces again."""
    until = time.monotonic() + _READ_TIMEOUT_S
    while time.monotonic() < until:
        if not int.from_bytes(fcntl.ioctl(host, termios.FIONREAD, bytes(4)), sys.byteorder):
            return
        time.sleep(0.0005)
