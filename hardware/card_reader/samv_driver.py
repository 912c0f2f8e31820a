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
from hardware.card_reader.samv_serial import BAUD_RATES, CommandTimeouts, Garbled, SamvConnection

log = logging.getLogger(__name__)

_HEALTHY_STATUSES: Final = (Status.OK, Status.UNKNOWN_COMMAND)
"""What a working module says to STATUS; old ones do not know the question."""
_MODULE_FAULTS: Final = (Status.SELF_TEST, Status.UNLICENSED, Status.UNKNOWN_COMMAND)
_CARD_REMOVED: Final = (Status.NO_CARD, Status.SELECT_FAILED, Status.READ_FAILED)
_TRANSMISSION_ERRORS: Final = (Status.CHECKSUM, Status.LENGTH)
_RETRIED_KEYS: Final = frozenset({"reader.silent", "reader.garbled"})


class SamvReader:
    """A CardReader (hardware.card_reader.api). `port` is a serial port such as /dev/ttyUSB0 or COM3.

    `baud` is the speed tried first (0: the factory's); `open` finds the module's own, which `baud` then tells. A port
    that begins to talk within `listen_seconds` is closed without a query. `include_photo` hands the card's picture on,
    unopened (see CardReading).
    """

    def __init__(
        self,
        port: str,
        baud: int = 0,
        timeouts: CommandTimeouts | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        include_photo: bool = False,
        today: Callable[[], date] = date.today,
        listen_seconds: float = 0.0,
    ) -> None:
        self.port = port
        self.baud = baud or BAUD_RATES[0]
        self._timeouts = timeouts or CommandTimeouts()
        self._monotonic = monotonic
        self._include_photo = include_photo
        self._today = today
        self._listen_seconds = listen_seconds
        self._connection: SamvConnection | None = None

    def open(self) -> None:
        """Opens the port, finds the module's speed and asks it how it is.

        Raises ReaderProblem: absent, not_allowed, taken, lost, silent, garbled, unwell.
        """
        self._connection = SamvConnection(self.port, self.baud, self._monotonic)
        try:
            if self._listen_seconds and self._connection.sends_unsolicited(self._listen_seconds):
                raise ReaderProblem("reader.silent", port=self.port)
            self._detect_baud(self._connection)
        except ReaderProblem:
            self.close()
            raise

    def read(self) -> CardReading | None:
        """The card that lies on the reader now, or None. What was damaged on its way is asked for once more.

        Raises ReaderProblem: lost, silent, garbled, card_moved, card_refused, unwell.
        """
        if not self._find_card():
            return None
        try:
            return self._select_and_read()
        except Garbled as error:
            if not self._find_card():  # the module wants its three commands in order, from the first
                raise ReaderProblem("reader.garbled") from error
        try:
            return self._select_and_read()
        except Garbled as error:
            raise ReaderProblem("reader.garbled") from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ------------------------------------------------------------------ how the module is

    def _detect_baud(self, connection: SamvConnection) -> None:
        timeout, first_problem = self._timeouts.status, None
        for baud in (self.baud, *(other for other in BAUD_RATES if other != self.baud)):
            connection.set_baud(baud)
            try:
                status = self._transact_with_retry(Command.STATUS, timeout).status
            except ReaderProblem as problem:
                if problem.key not in _RETRIED_KEYS:
                    raise
                first_problem, timeout = first_problem or problem, self._timeouts.probe
                continue
            if baud != self.baud:
                log.info("the card reader at %s speaks %d baud", self.port, baud)
            self.baud = baud
            self._ensure_healthy(status)
            return
        assert first_problem is not None
        raise first_problem

    def _ensure_healthy(self, status: int) -> None:
        """A module that does not say that it is well is reset once; what it says then counts."""
        if status not in _HEALTHY_STATUSES:
            log.warning("the card reader's module says %02X and is reset", status)
            self._reset()
            status = self._transact_with_retry(Command.STATUS, self._timeouts.status).status
        if status not in _HEALTHY_STATUSES:
            raise ReaderProblem("reader.internal_error", code=f"{status:02X}")

    def _reset(self) -> None:
        """What the module answers does not matter, nor whether it does: the next question tells how it is."""
        with suppress(Garbled):
            try:
                self._transact(Command.RESET)
            except ReaderProblem as problem:
                if problem.key != "reader.silent":
                    raise

    # ------------------------------------------------------------------ one card

    def _find_card(self) -> bool:
        reply = self._find_or_reset()
        if reply.status == Status.NO_CARD:
            return False
        _expect(reply, Status.FOUND)
        return True

    def _find_or_reset(self) -> Reply:
        """A module that has hung itself up comes back by a reset, without a hand at its plug."""
        try:
            return self._transact_with_retry(Command.FIND)
        except ReaderProblem as problem:
            if problem.key != "reader.silent":
                raise
            self._reset()
        return self._transact_with_retry(Command.FIND)

    def _select_and_read(self) -> CardReading:
        _expect(self._transact(Command.SELECT), Status.OK)
        reply = self._transact(Command.READ)
        _expect(reply, Status.OK)
        text, photo = _split_reply(reply.data)
        reading = card_text.parse_text(text, self._today())
        return replace(reading, photo=photo) if self._include_photo and photo else reading

    # ------------------------------------------------------------------ one question

    def _transact_with_retry(self, command: Command, timeout: float | None = None) -> Reply:
        with suppress(Garbled):  # asked for again below; the second time is final
            return _raise_if_noise(self._transact(command, timeout))
        try:
            return _raise_if_noise(self._transact(command, timeout))
        except Garbled as error:
            raise ReaderProblem("reader.garbled") from error

    def _transact(self, command: Command, timeout: float | None = None) -> Reply:
        if self._connection is None:
            raise ReaderProblem("reader.lost", port=self.port)
        return self._connection.transact(command, timeout or self._timeouts.for_command(command))


def _expect(reply: Reply, expected: Status) -> None:
    if reply.status == expected:
        return
    _raise_if_noise(reply)
    if reply.status in _CARD_REMOVED:
        raise ReaderProblem("reader.card_moved")
    reason = "internal_error" if reply.status in _MODULE_FAULTS else "card_refused"
    raise ReaderProblem(f"reader.{reason}", code=f"{reply.status:02X}")


def _raise_if_noise(reply: Reply) -> Reply:
    """The module says that our own frame reached it damaged."""
    if reply.status in _TRANSMISSION_ERRORS:
        raise Garbled
    return reply


def _split_reply(data: bytes) -> tuple[bytes, bytes]:
    """Text and photo out of `length of text, length of photo, text, photo`, two bytes each length, big-endian.

    Some modules send fingerprints unasked: then a third length follows the second, and the prints the photo. Nobody
    asked for them, and they end here.
    """
    text, photo, prints = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2, 4))
    begin = next((at for at, size in ((4, text + photo), (6, text + photo + prints)) if len(data) == at + size), None)
    if begin is None or text != card_text.TEXT_BYTES:
        raise Garbled
    return data[begin : begin + text], data[begin + text : begin + text + photo]
