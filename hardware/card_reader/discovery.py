"""Find the card reader's port and speed automatically, and reuse both."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Final

from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from config.settings.serial_ports import SerialPortSettings, serial_port_settings
from hardware.card_reader.api import CardReader, CardReading, ReaderProblem
from hardware.card_reader.samv_driver import SamvReader
from hardware.card_reader.samv_serial import CommandTimeouts

log = logging.getLogger(__name__)

AUTO: Final = "auto"
_NO_READER_KEYS: Final = frozenset({"reader.silent", "reader.garbled"})


class ReaderDiscovery:
    """Searches for the card reader. `lazy_reader()` returns a CardReader that is searched for when it is opened.

    `port` is a serial port or "auto". With "auto", every port that `may_probe` accepts is probed for its status, first
    the one where the reader was last; `reserved_ports` names the ports of other devices of this station. Reader and
    search are used from one thread.
    """

    def __init__(
        self,
        port: str = AUTO,
        baud: int = 0,
        *,
        include_photo: bool = False,
        reserved_ports: Collection[str] = (),
        ports: Callable[[], Iterable[ListPortInfo]] = list_ports.comports,
        rules: SerialPortSettings | None = None,
        timeouts: CommandTimeouts | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._auto = port == AUTO
        self._port = "" if self._auto else port
        self._baud = baud
        self._include_photo = include_photo
        self._reserved_ports = reserved_ports
        self._ports = ports
        self._rules = rules or serial_port_settings()
        self._timeouts = timeouts
        self._today = today
        self._failed_probes: dict[str, int] = {}

    def lazy_reader(self) -> CardReader:
        return _LazyReader(self.open)

    def open(self) -> SamvReader:
        """Return an open reader. Raises ReaderProblem: not_found, or the problem of the reader that was found."""
        if not self._auto:
            return self._open_at(self._port, 0.0)
        first_problem = None
        candidates = self._candidates()
        for port in candidates:
            try:
                return self._open_at(port, self._rules.probe.listen_seconds)
            except ReaderProblem as problem:
                log.debug("no card reader at %s: %s", port, problem.key)
                if problem.key in _NO_READER_KEYS:
                    self._failed_probes[port] = self._failed_probes.get(port, 0) + 1
                else:
                    first_problem = first_problem or problem
        raise first_problem or ReaderProblem("reader.not_found")

    def _open_at(self, port: str, listen_seconds: float) -> SamvReader:
        reader = SamvReader(
            port,
            self._baud,
            self._timeouts,
            include_photo=self._include_photo,
            today=self._today,
            listen_seconds=0.0 if port == self._port else listen_seconds,
        )
        reader.open()
        if (port, reader.baud) != (self._port, self._baud):
            log.info("the card reader is at %s with %d baud", port, reader.baud)
        self._port, self._baud = port, reader.baud
        self._failed_probes.pop(port, None)
        return reader

    def _candidates(self) -> list[str]:
        """Return the ports to probe, the reader's last one first. A port that did not answer several times is skipped
        until it has been unplugged: the device there may not be a reader."""
        available = [port.device for port in self._ports() if may_probe(port, self._rules, self._reserved_ports)]
        self._failed_probes = {port: times for port, times in self._failed_probes.items() if port in available}
        max_probes = self._rules.probe.max_attempts
        remaining = [port for port in available if port == self._port or self._failed_probes.get(port, 0) < max_probes]
        return sorted(remaining, key=lambda port: (port != self._port, port))


def may_probe(port: ListPortInfo, rules: SerialPortSettings, reserved_ports: Collection[str] = ()) -> bool:
    """Return whether a card reader may be there: an adapter that readers are built with, and no sign that it is
    something else or belongs to another device."""
    if port.device in reserved_ports or port.vid is None or port.pid is None:
        return False
    if f"{port.vid:04x}:{port.pid:04x}" not in rules.usb.bridges:
        return False
    description = " ".join(part for part in (port.manufacturer, port.product, port.description, port.interface) if part)
    return not any(re.search(rf"\b{re.escape(word)}\b", description, re.IGNORECASE) for word in rules.usb.exclude)


class _LazyReader:
    """A CardReader that is searched for at `open`."""

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
