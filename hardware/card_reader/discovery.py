"""Finds the card reader by itself: at which port it is, and how fast it speaks; and remembers both."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Final

from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from config.settings.serial_ports import SerialReaders, serial_readers
from hardware.card_reader.api import CardReader, CardReading, ReaderProblem
from hardware.card_reader.samv_driver import SamvReader
from hardware.card_reader.samv_serial import Deadlines

log = logging.getLogger(__name__)

AUTO: Final = "auto"
_NOBODY_THERE: Final = frozenset({"reader.silent", "reader.garbled"})


class ReaderSearch:
    """`reader()` gives a CardReader that is looked for when it is opened.

    `port` is a serial port or "auto". Then every port that `may_be_asked` is asked for its status, the one where the
    reader was last before all others; `taken` names the ports that belong to other devices of this station. Reader and
    search are used from one thread.
    """

    def __init__(
        self,
        port: str = AUTO,
        baud: int = 0,
        *,
        keep_photo: bool = False,
        taken: Collection[str] = (),
        ports: Callable[[], Iterable[ListPortInfo]] = list_ports.comports,
        rules: SerialReaders | None = None,
        deadlines: Deadlines | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._auto = port == AUTO
        self._port = "" if self._auto else port
        self._baud = baud
        self._keep_photo = keep_photo
        self._taken = taken
        self._ports = ports
        self._rules = rules or serial_readers()
        self._deadlines = deadlines
        self._today = today
        self._unanswered: dict[str, int] = {}

    def reader(self) -> CardReader:
        return _SoughtReader(self.open)

    def open(self) -> SamvReader:
        """An open reader. Raises ReaderProblem: not_found, or what is the matter with the one that was found."""
        if not self._auto:
            return self._opened(self._port, 0.0)
        told = None
        candidates = self._candidates()
        for port in candidates:
            try:
                return self._opened(port, self._rules.patience.listen)
            except ReaderProblem as problem:
                log.debug("no card reader at %s: %s", port, problem.key)
                if problem.key in _NOBODY_THERE:
                    self._unanswered[port] = self._unanswered.get(port, 0) + 1
                else:
                    told = told or problem
        raise told or ReaderProblem("reader.not_found")

    def _opened(self, port: str, listen: float) -> SamvReader:
        reader = SamvReader(
            port,
            self._baud,
            self._deadlines,
            keep_photo=self._keep_photo,
            today=self._today,
            listen=0.0 if port == self._port else listen,
        )
        reader.open()
        if (port, reader.baud) != (self._port, self._baud):
            log.info("the card reader is at %s with %d baud", port, reader.baud)
        self._port, self._baud = port, reader.baud
        self._unanswered.pop(port, None)
        return reader

    def _candidates(self) -> list[str]:
        """A port that never answered is left alone until it has been away: what is there may be no reader at all."""
        there = [port.device for port in self._ports() if may_be_asked(port, self._rules, self._taken)]
        self._unanswered = {port: times for port, times in self._unanswered.items() if port in there}
        asked_most = self._rules.patience.asked_most
        left = [port for port in there if port == self._port or self._unanswered.get(port, 0) < asked_most]
        return sorted(left, key=lambda port: (port != self._port, port))


def may_be_asked(port: ListPortInfo, rules: SerialReaders, taken: Collection[str] = ()) -> bool:
    """Whether a card reader may be there: an adapter that readers are built with, and nothing that says it is something
    else or that belongs to another device."""
    if port.device in taken or port.vid is None or port.pid is None:
        return False
    if f"{port.vid:04x}:{port.pid:04x}" not in rules.usb.bridges:
        return False
    said = " ".join(part for part in (port.manufacturer, port.product, port.description, port.interface) if part)
    return not any(re.search(rf"\b{re.escape(word)}\b", said, re.IGNORECASE) for word in rules.usb.never)


class _SoughtReader:
    """A CardReader that is looked for at `open`."""

    def __init__(self, open_reader: Callable[[], SamvReader]) -> None:
        self._open_reader = open_reader
        self._reader: SamvReader | None = None

    def open(self) -> None:
        self._reader = self._open_reader()

    def read(self) -> CardReading | None:
        if self._reader is None:
            raise ReaderProblem("reader.lost", port="")
        return self._reader.read()

    def close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
