"""Driver for resident-card readers with a SAM-V module on a serial port (or a USB one that appears as such)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import serial

from hardware.identity import card_text
from hardware.identity.reader import CardReading, ReaderProblem
from hardware.identity.samv_frames import REPLY_BODY, Command, FrameDecoder, Reply, Status

BAUD: Final = 115_200
"""The module's default; 57600, 38400, 19200 and 9600 can be set in it. Always 8 data bits, no parity, one stop bit."""
_SLICE: Final = 0.05
_MODULE_BROKEN: Final = (Status.SELF_TEST, Status.UNLICENSED, Status.UNKNOWN_COMMAND)
_CARD_GONE: Final = (Status.NO_CARD, Status.SELECT_FAILED, Status.READ_FAILED)
_LINE_NOISE: Final = (Status.CHECKSUM, Status.LENGTH)


@dataclass(frozen=True)
class Deadlines:
    """Seconds that each command may take. At 9600 baud, the slowest a module knows, an answer of 1295 bytes alone is
    1.4 s on the wire, and card and module talk for about a second before."""

    status: float = 0.6
    find: float = 0.6
    select: float = 0.6
    read: float = 3.0

    def of(self, command: Command) -> float:
        return float(getattr(self, command.name.lower()))


class _Garbled(Exception):
    """An answer that cannot be trusted; inside this module only, because it is asked for again first."""


class SamvReader:
    """A CardReader (hardware.identity.reader). `port` is a serial port such as /dev/ttyUSB0 or COM3."""

    def __init__(
        self,
        port: str,
        baud: int = BAUD,
        deadlines: Deadlines | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._port = port
        self._baud = baud
        self._deadlines = deadlines or Deadlines()
        self._monotonic = monotonic
        self._line: serial.Serial | None = None

    def open(self) -> None:
        """Opens the port and asks the module how it is. Raises ReaderProblem: absent, lost, silent, garbled, unwell."""
        try:
            self._line = serial.Serial(self._port, self._baud, timeout=_SLICE, write_timeout=1.0, exclusive=True)
        except (OSError, ValueError) as error:
            raise ReaderProblem("reader.absent", port=self._port) from error
        try:
            _expect(self._twice(Command.STATUS), Status.OK)
        except ReaderProblem:
            self.close()
            raise

    def read(self) -> CardReading | None:
        """The card that lies on the reader now, or None. What was damaged on its way is asked for once more.

        Raises ReaderProblem: lost, silent, garbled, card_moved, card_refused, unwell.
        """
        if not self._find():
            return None
        try:
            return self._select_and_read()
        except _Garbled as error:
            if not self._find():  # the module wants its three commands in order, from the first
                raise ReaderProblem("reader.garbled") from error
        try:
            return self._select_and_read()
        except _Garbled as error:
            raise ReaderProblem("reader.garbled") from error

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _find(self) -> bool:
        reply = self._twice(Command.FIND)
        if reply.status == Status.NO_CARD:
            return False
        _expect(reply, Status.FOUND)
        return True

    def _select_and_read(self) -> CardReading:
        _expect(self._ask(Command.SELECT), Status.OK)
        reply = self._ask(Command.READ)
        _expect(reply, Status.OK)
        return card_text.read_text(_text_of(reply.data))

    def _twice(self, command: Command) -> Reply:
        try:
            return _unless_noise(self._ask(command))
        except _Garbled:
            pass  # asked for again below; the second time is final
        try:
            return _unless_noise(self._ask(command))
        except _Garbled as error:
            raise ReaderProblem("reader.garbled") from error

    def _ask(self, command: Command) -> Reply:
        line = self._line
        if line is None:
            raise ReaderProblem("reader.lost", port=self._port)
        try:
            line.read(line.in_waiting)  # a late answer to an earlier question is nobody's answer now
            line.write(command.frame)
            return self._answer(line, self._deadlines.of(command))
        except OSError as error:  # SerialException is one; an unplugged adapter answers every call with it
            raise ReaderProblem("reader.lost", port=self._port) from error

    def _answer(self, line: serial.Serial, patience: float) -> Reply:
        decoder, heard, damaged = FrameDecoder(REPLY_BODY), False, False
        until = self._monotonic() + patience
        while self._monotonic() < until:
            chunk = line.read(max(1, line.in_waiting))
            heard = heard or bool(chunk)
            for found in decoder.feed(chunk):
                if isinstance(found, bytes):
                    return Reply.from_body(found)
                damaged = True
            if damaged and not chunk:
                break
        if heard:
            raise _Garbled
        raise ReaderProblem("reader.silent", port=self._port)


def _expect(reply: Reply, wanted: Status) -> None:
    if reply.status == wanted:
        return
    _unless_noise(reply)
    if reply.status in _CARD_GONE:
        raise ReaderProblem("reader.card_moved")
    reason = "unwell" if reply.status in _MODULE_BROKEN else "card_refused"
    raise ReaderProblem(f"reader.{reason}", code=f"{reply.status:02X}")


def _unless_noise(reply: Reply) -> Reply:
    """The module says that our own frame reached it damaged."""
    if reply.status in _LINE_NOISE:
        raise _Garbled
    return reply


def _text_of(data: bytes) -> bytes:
    """The text out of `length of text, length of photo, text, photo`, two bytes each length, big-endian. The photo is
    proprietary (WLT) and not needed: it is dropped here."""
    text_length = int.from_bytes(data[:2], "big")
    photo_length = int.from_bytes(data[2:4], "big")
    if text_length != card_text.SIZE or len(data) != 4 + text_length + photo_length:
        raise _Garbled
    return data[4 : 4 + text_length]
