"""The contract of card readers, for every driver and for every behaviour of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from hardware.card_reader.api import CardReader
from hardware.card_reader.card_text import Layout
from hardware.card_reader.discovery import ReaderDiscovery
from hardware.card_reader.samv_driver import SamvReader
from hardware.card_reader.samv_protocol import PREAMBLE, Command
from hardware.card_reader.samv_serial import CommandTimeouts
from hardware.simulators.card_reader import ReaderFaults, SimulatedCardReader
from tests.hardware.card_reader.contract import TODAY, CardReaderContract, Rig
from tests.hardware.card_reader.ports import port_info, present_ports

QUICK = CommandTimeouts(status=0.1, probe=0.3)
BEHAVIOURS = {
    "plain": ReaderFaults(),
    "byte by byte": ReaderFaults(chunk=1),
    "noise before and after": ReaderFaults(prefix=b"\xff\x00noise" + PREAMBLE[:4], suffix=PREAMBLE[:3], chunk=11),
    "fingerprints without a request": ReaderFaults(fingerprint_bytes=1024),
    "no fingerprints, but their length": ReaderFaults(fingerprint_bytes=0),
    "an old module": ReaderFaults(old=True),
    "one damaged reply": ReaderFaults(damaged=1),
    "a module that needs a reset": ReaderFaults(self_test_fails=1),
}


class SimulatedOperator:
    """A person at the simulated reader."""

    def __init__(self, module: SimulatedCardReader, behaviour: ReaderFaults) -> None:
        self._module, self._behaviour = module, behaviour
        self._plugged = 0

    def place(self, layout: Layout, fields: dict[str, str]) -> None:
        self._module.set_faults(self._behaviour)
        self._module.place(layout, fields)

    def take_card(self) -> None:
        self._module.take_card()

    def take_card_at(self, command: Command) -> None:
        self._module.set_faults(replace(self._behaviour, damaged=0, self_test_fails=0, card_leaves_at=command))

    def unplug(self) -> None:
        self._module.unplug()

    def plug(self) -> None:
        """Plug the reader in under another name, as happens to USB adapters."""
        self._plugged += 1
        self._module.plug(f"reader{self._plugged}")


def opened(make: Callable[[], CardReader]) -> Iterator[CardReader]:
    driver = make()
    driver.open()
    yield driver
    driver.close()


@pytest.fixture
def reader(rig: Rig) -> Iterator[CardReader]:
    yield from opened(rig.reader)


class TestSamvReader(CardReaderContract):
    @pytest.fixture(params=BEHAVIOURS)
    def rig(self, request: pytest.FixtureRequest) -> Iterator[Rig]:
        behaviour = BEHAVIOURS[request.param]
        with SimulatedCardReader() as module:
            module.set_faults(behaviour)
            operator = SimulatedOperator(module, replace(behaviour, self_test_fails=0))
            yield Rig(operator, lambda: SamvReader(module.port, today=lambda: TODAY))


class TestModuleThatFindsOnce(CardReaderContract):
    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        with SimulatedCardReader(finds_again=False) as module:
            operator = SimulatedOperator(module, ReaderFaults())
            yield Rig(operator, lambda: SamvReader(module.port, today=lambda: TODAY), finds_again=False)


class TestFoundAutomatically(CardReaderContract):
    """The driver finds port and speed; after it was unplugged the port has another name."""

    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        with SimulatedCardReader(baud=57_600) as module:
            search = ReaderDiscovery(
                ports=lambda: present_ports(port_info(module.port)), timeouts=QUICK, today=lambda: TODAY
            )
            yield Rig(SimulatedOperator(module, ReaderFaults()), search.lazy_reader)
