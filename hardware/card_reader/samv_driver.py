"""Driver for resident-card readers with a SAM-V module on a serial port, or on USB if it appears as a serial port."""

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
"""Response of a working module to STATUS; old ones do not support the command."""
_MODULE_FAULTS: Final = (Status.SELF_TEST, Status.UNLICENSED, Status.UNKNOWN_COMMAND)
_CARD_REMOVED: Final = (Status.NO_CARD, Status.SELECT_FAILED, Status.READ_FAILED)
_TRANSMISSION_ERRORS: Final = (Status.CHECKSUM, Status.LENGTH)
_RETRIED_KEYS: Final = frozenset({"reader.silent", "reader.garbled"})


class SamvReader:
    """A CardReader (hardware.card_reader.api). `port` is a serial port such as /dev/ttyUSB0 or COM3.

    `baud` is the speed tried first (0: the factory's); `open` finds the module's speed and sets `baud` to it. A port
    that sends data within `listen_seconds` is closed without a query. `include_photo` passes the card's picture on,
    encoded (see CardReading).
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
        """Open the port, find the module's speed and query its status.

        Raises ReaderProblem: absent, not_allowed, taken, lost, silent, garbled, internal_error.
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
        """Return the card on the reader now, or None. A damaged answer is requested once more.

        Raises ReaderProblem: lost, silent, garbled, card_moved, card_refused, internal_error.
        """
        if not self._find_card():
            return None
        try:
            return self._select_and_read()
        except Garbled as error:
            if not self._find_card():  # the module needs its three commands in order, from the first
                raise ReaderProblem("reader.garbled") from error
        try:
            return self._select_and_read()
        except Garbled as error:
            raise ReaderProblem("reader.garbled") from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ------------------------------------------------------------------ status of the module

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
                log.info("the card reader at %s uses %d baud", self.port, baud)
            self.baud = baud
            self._ensure_healthy(status)
            return
        assert first_problem is not None
        raise first_problem

    def _ensure_healthy(self, status: int) -> None:
        """Reset a module once if it does not report that it works; its status after that counts."""
        if status not in _HEALTHY_STATUSES:
            log.warning("the card reader's module reports %02X and is reset", status)
            self._reset()
            status = self._transact_with_retry(Command.STATUS, self._timeouts.status).status
        if status not in _HEALTHY_STATUSES:
            raise ReaderProblem("reader.internal_error", code=f"{status:02X}")

    def _reset(self) -> None:
        """Reset the module. Its response does not matter; the next command shows its status."""
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
        """Reset a module that has stopped responding, so that nobody has to unplug it."""
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

    # ------------------------------------------------------------------ one command

    def _transact_with_retry(self, command: Command, timeout: float | None = None) -> Reply:
        with suppress(Garbled):  # repeated below; the second time is final
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
    """Return `reply`. Raises Garbled if the module reports that it received a damaged request."""
    if reply.status in _TRANSMISSION_ERRORS:
        raise Garbled
    return reply


def _split_reply(data: bytes) -> tuple[bytes, bytes]:
    """Parse text and photo from `length of text, length of photo, text, photo`; each length has two bytes, big-endian.

    Some modules send fingerprints without a request: then a third length follows the second, and the fingerprints
    follow the photo. They are discarded here.
    """
    text, photo, prints = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2, 4))
    begin = next((at for at, size in ((4, text + photo), (6, text + photo + prints)) if len(data) == at + size), None)
    if begin is None or text != card_text.TEXT_BYTES:
        raise Garbled
    return data[begin : begin + text], data[begin + text : begin + text + photo]
