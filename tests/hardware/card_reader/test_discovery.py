"""The search for the reader: the ports that are probed and those that never are, the speeds, and the stored result."""

from __future__ import annotations

import errno
import os
import select
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
import serial

from config.settings.serial_ports import serial_port_settings
from hardware.card_reader.api import CardReading, ReaderProblem
from hardware.card_reader.discovery import ReaderDiscovery, may_probe
from hardware.card_reader.samv_protocol import Command
from hardware.card_reader.samv_serial import BAUD_RATES, CommandTimeouts
from hardware.simulators.card_reader import ReaderFaults, SimulatedCardReader
from tests.hardware.card_reader.contract import NUMBER, TODAY, key_of
from tests.hardware.card_reader.ports import port_info, present_ports

QUICK = CommandTimeouts(status=0.1, reset=0.1, find=0.1, probe=0.3)
SHORT_TIMEOUTS = replace(QUICK, status=0.05, probe=0.02)
RULES = serial_port_settings()
ABSENT = "/dev/ttyNobody"


@dataclass(frozen=True)
class OtherDevice:
    """Another device at a serial port; it records what was written to it."""

    port: str
    end: int

    def was_written(self) -> bytes:
        return os.read(self.end, 4096) if select.select([self.end], [], [], 0)[0] else b""


@contextmanager
def other_device() -> Iterator[OtherDevice]:
    end, outside = os.openpty()
    tty.setraw(end)
    tty.setraw(outside)
    try:
        yield OtherDevice(os.ttyname(outside), end)
    finally:
        os.close(end)
        os.close(outside)


@pytest.mark.parametrize("baud", BAUD_RATES)
def test_the_speed_is_found_and_stored(baud: int) -> None:
    with SimulatedCardReader(baud=baud) as module:
        search = ReaderDiscovery(module.port, timeouts=QUICK)
        first = search.open()
        assert (first.baud, first.read()) == (baud, None)
        first.close()
        # Now with no time for any other speed: only the stored speed is quick enough.
        search._timeouts = replace(QUICK, probe=0.0)
        again = search.open()
        assert again.baud == baud
        again.close()


def test_the_speed_that_is_set_is_tried_first() -> None:
    with SimulatedCardReader(baud=9_600) as module:
        reader = ReaderDiscovery(module.port, 9_600, timeouts=replace(QUICK, probe=0.0)).open()
        assert reader.baud == 9_600
        reader.close()


@pytest.mark.parametrize(
    "port",
    [
        port_info(os.devnull, usb=""),
        port_info(os.devnull, usb="0403:6001", product="DMX USB PRO", maker="ENTTEC"),
        port_info(os.devnull, usb="0403:6001"),
        port_info(os.devnull, product="Receipt Printer"),
        port_info(os.devnull, product="USB-DMX512 Dimmer"),
        port_info(os.devnull, usb="10c4:ea60", product="Barcode Scanner"),
        port_info(os.devnull, usb="2341:0043", product="Arduino Uno"),
    ],
    ids=["a UART of the board", "DMX", "bare FTDI", "printer", "dimmer", "scanner", "Arduino"],
)
def test_a_port_that_is_or_may_be_another_device_is_not_probed(port: object) -> None:
    assert not may_probe(port, RULES)  # type: ignore[arg-type]
    assert may_probe(present_ports(port_info(os.devnull))[0], RULES)


def test_a_port_of_another_device_of_the_station_is_not_probed() -> None:
    port = present_ports(port_info(os.devnull, product="USB Composite Device"))[0]
    assert may_probe(port, RULES)
    assert not may_probe(port, RULES, reserved_ports=(os.devnull,))


def test_the_reader_is_found_among_other_devices() -> None:
    with SimulatedCardReader() as module, other_device() as dimmer, other_device() as silent:
        ports = present_ports(port_info(dimmer.port, product="DMX"), port_info(silent.port), port_info(module.port))
        search = ReaderDiscovery(ports=lambda: ports, timeouts=QUICK, today=lambda: TODAY)
        module.place_card("王小明", NUMBER)
        reader = search.open()
        assert reader.port == module.port
        assert reader.read() == CardReading("王小明", NUMBER, "mainland")
        reader.close()
        assert dimmer.was_written() == b""
        assert set(silent.was_written().split(Command.STATUS.frame)) <= {b""}  # only its status was queried


def test_a_port_that_sends_without_a_request_is_not_written_to() -> None:
    with other_device() as scale:
        os.write(scale.end, b"ST,GS,+0001.5kg\r\n")
        search = ReaderDiscovery(ports=lambda: present_ports(port_info(scale.port)), timeouts=SHORT_TIMEOUTS)
        numbers = iter(range(10_000))
        read = serial.Serial.read

        def read_after_sending(self: serial.Serial, size: int = 1) -> bytes:
            os.write(scale.end, b"%d\r\n" % next(numbers))
            return bytes(read(self, size))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(serial.Serial, "read", read_after_sending)
            assert key_of(search.open) == "reader.not_found"
        assert scale.was_written() == b""


def test_a_silent_port_is_probed_a_few_times_and_again_after_unplugging() -> None:
    with other_device() as other:
        ports = present_ports(port_info(other.port))
        search = ReaderDiscovery(ports=lambda: ports, timeouts=SHORT_TIMEOUTS)
        for _ in range(RULES.probe.max_attempts):
            assert key_of(search.open) == "reader.not_found"
            assert other.was_written()
        assert key_of(search.open) == "reader.not_found"
        assert other.was_written() == b""
        unplugged, ports = ports, []
        assert key_of(search.open) == "reader.not_found"
        ports = unplugged
        assert key_of(search.open) == "reader.not_found"
        assert other.was_written()


def test_a_port_that_had_the_reader_is_probed_however_often_it_was_silent() -> None:
    with SimulatedCardReader() as module:
        search = ReaderDiscovery(ports=lambda: present_ports(port_info(module.port)), timeouts=SHORT_TIMEOUTS)
        search._timeouts = QUICK
        search.open().close()
        search._timeouts = SHORT_TIMEOUTS
        module.set_faults(ReaderFaults(silent=True))
        for _ in range(RULES.probe.max_attempts + 1):
            assert key_of(search.open) == "reader.not_found"
        module.set_faults(ReaderFaults())
        search._timeouts = QUICK
        search.open().close()


def test_a_reader_that_has_an_internal_error_is_reported_rather_than_not_found() -> None:
    with SimulatedCardReader() as module, other_device() as silent:
        module.set_faults(ReaderFaults(self_test_fails=-1))
        ports = present_ports(port_info(silent.port), port_info(module.port))
        search = ReaderDiscovery(ports=lambda: ports, timeouts=QUICK)
        with pytest.raises(ReaderProblem) as caught:
            search.open()
        assert (caught.value.key, caught.value.values["code"]) == ("reader.internal_error", "60")


def test_without_any_port_nothing_is_found() -> None:
    assert key_of(ReaderDiscovery(ports=lambda: []).open) == "reader.not_found"
    assert key_of(ReaderDiscovery(ABSENT).open) == "reader.absent"


def test_a_port_that_another_program_uses_is_taken() -> None:
    with SimulatedCardReader() as module, serial.Serial(module.port, exclusive=True):
        assert key_of(ReaderDiscovery(module.port).open) == "reader.taken"
        search = ReaderDiscovery(ports=lambda: present_ports(port_info(module.port)))
        assert key_of(search.open) == "reader.taken"


def test_a_port_that_may_not_be_opened_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: serial.Serial) -> None:
        raise serial.SerialException(errno.EACCES, "could not open port: Permission denied")

    monkeypatch.setattr(serial.Serial, "open", refused)
    assert key_of(ReaderDiscovery("/dev/ttyUSB0").open) == "reader.not_allowed"
