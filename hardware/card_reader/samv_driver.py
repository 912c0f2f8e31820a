"""Driver for resident-card readers with a SAM-V module on a serial port (or a USB one that appears as such)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Final

from hardware.card_reader import card_text
from hardware.card_reader.api import CardReading, ReaderProblem
from hardware.card_reader.samv_protocol import Command, Reply, Status
from hardware.card_reader.samv_serial import BAUDS, Deadlines, Garbled, SamvLine

log = logging.getLogger(__name__)

_ALIVE: Final = (Status.OK, Status.UNKNOWN_COMMAND)
"""What a working module says to STATUS; old ones do not know the question."""
_MODULE_BROKEN: Final = (Status.SELF_TEST, Status.UNLICENSED, Status.UNKNOWN_COMMAND)
_CARD_GONE: Final = (Status.NO_CARD, Status.SELECT_FAILED, Status.READ_FAILED)
_LINE_NOISE: Final = (Status.CHECKSUM, Status.LENGTH)
_ASKED_AGAIN: Final = frozenset({"reader.silent", "reader.garbled"})


class SamvReader:
    """A CardReader (hardware.card_reader.api). `port` is a serial port such as /dev/ttyUSB0 or COM3.

    `baud` is the speed tried first (0: the factory's); `open` finds the module's own, which `baud` then tells. A port
    that begins to talk within `listen` seconds by itself is let go unasked. `keep_photo` hands the card's picture on,
    unopened (see CardReading).
    """

    def __init__(
        self,
        port: str,
        baud: int = 0,
        deadlines: Deadlines | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        keep_photo: bool = False,
        today: Callable[[], date] = date.today,
        listen: float = 0.0,
    ) -> None:
        self.port = port
        self.baud = baud or BAUDS[0]
        self._deadlines = deadlines or Deadlines()
        self._monotonic = monotonic
        self._keep_photo = keep_photo
        self._today = today
        self._listen = listen
        self._line: SamvLine | None = None

    def open(self) -> None:
        """Opens the port, finds the module's speed and asks it how it is.

        Raises ReaderProblem: absent, not_allowed, taken, lost, silent, garbled, unwell.
        """
        self._line = SamvLine(self.port, self.baud, self._monotonic)
        try:
            if self._listen and self._line.talks_unasked(self._listen):
                raise ReaderProblem("reader.silent", port=self.port)
            self._greet(self._line)
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
        except Garbled as error:
            if not self._find():  # the module wants its three commands in order, from the first
                raise ReaderProblem("reader.garbled") from error
        try:
            return self._select_and_read()
        except Garbled as error:
            raise ReaderProblem("reader.garbled") from error

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    # ------------------------------------------------------------------ how the module is

    def _greet(self, line: SamvLine) -> None:
        patience, told = self._deadlines.status, None
        for baud in (self.baud, *(other for other in BAUDS if other != self.baud)):
            line.set_baud(baud)
            try:
                status = self._twice(Command.STATUS, patience).status
            except ReaderProblem as problem:
                if problem.key not in _ASKED_AGAIN:
                    raise
                told, patience = told or problem, self._deadlines.probe
                continue
            if baud != self.baud:
                log.info("the card reader at %s speaks %d baud", self.port, baud)
            self.baud = baud
            self._wake(status)
            return
        assert told is not None
        raise told

    def _wake(self, status: int) -> None:
        """A module that does not say that it is well is reset once; what it says then counts."""
        if status not in _ALIVE:
            log.warning("the card reader's module says %02X and is reset", status)
            self._reset()
            status = self._twice(Command.STATUS, self._deadlines.status).status
        if status not in _ALIVE:
            raise ReaderProblem("reader.unwell", code=f"{status:02X}")

    def _reset(self) -> None:
        """What the module answers does not matter, nor whether it does: the next question tells how it is."""
        with suppress(Garbled):
            try:
                self._ask(Command.RESET)
            except ReaderProblem as problem:
                if problem.key != "reader.silent":
                    raise

    # ------------------------------------------------------------------ one card

    def _find(self) -> bool:
        reply = self._found_or_reset()
        if reply.status == Status.NO_CARD:
            return False
        _expect(reply, Status.FOUND)
        return True

    def _found_or_reset(self) -> Reply:
        """A module that has hung itself up comes back by a reset, without a hand at its plug."""
        try:
            return self._twice(Command.FIND)
        except ReaderProblem as problem:
            if problem.key != "reader.silent":
                raise
            self._reset()
        return self._twice(Command.FIND)

    def _select_and_read(self) -> CardReading:
        _expect(self._ask(Command.SELECT), Status.OK)
        reply = self._ask(Command.READ)
        _expect(reply, Status.OK)
        text, photo = _parts_of(reply.data)
        reading = card_text.read_text(text, self._today())
        return replace(reading, photo=photo) if self._keep_photo and photo else reading

    # ------------------------------------------------------------------ one question

    def _twice(self, command: Command, patience: float | None = None) -> Reply:
        with suppress(Garbled):  # asked for again below; the second time is final
            return _unless_noise(self._ask(command, patience))
        try:
            return _unless_noise(self._ask(command, patience))
        except Garbled as error:
            raise ReaderProblem("reader.garbled") from error

    def _ask(self, command: Command, patience: float | None = None) -> Reply:
        if self._line is None:
            raise ReaderProblem("reader.lost", port=self.port)
        return self._line.ask(command, patience or self._deadlines.of(command))


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
        raise Garbled
    return reply


def _parts_of(data: bytes) -> tuple[bytes, bytes]:
    """Text and photo out of `length of text, length of photo, text, photo`, two bytes each length, big-endian.

    Some modules send fingerprints unasked: then a third length follows the second, and the prints the photo. Nobody
    asked for them, and they end here.
    """
    text, photo, prints = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2, 4))
    begin = next((at for at, size in ((4, text + photo), (6, text + photo + prints)) if len(data) == at + size), None)
    if begin is None or text != card_text.SIZE:
        raise Garbled
    return data[begin : begin + text], data[begin + text : begin + text + photo]
