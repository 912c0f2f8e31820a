"""A simulated DMX USB interface: it implements the real protocol on a pseudo-terminal, for the real driver."""

from __future__ import annotations

import os
from typing import Self

from hardware.lights.enttec_protocol import EnttecDecoder, EnttecMessage, Label, dmx_slots
from hardware.simulators.pseudo_serial_port import PseudoSerialPort, Terminal
from hardware.simulators.simulator import Simulator

SERIAL = "00990123"


class SimulatedDmxInterface(Simulator):
    """A context manager; every method may be called from any thread. `slots` are the present values on DMX.

    `silent`: it does not answer. `noise` precedes every answer, which arrives in pieces of `chunk` bytes (0: whole).
    """

    def __init__(self) -> None:
        self.serial_port = PseudoSerialPort("widget", self._receive)
        self.unplug = self.serial_port.unplug
        self.silent, self.noise, self.chunk = False, b"", 0
        self._slots, self._decoder = b"", EnttecDecoder()

    @property
    def port(self) -> str:
        return self.serial_port.path

    @property
    def slots(self) -> bytes:
        """Channel 1 is the first byte. It stays while nothing is plugged in, because the interface repeats it."""
        with self.serial_port.lock:
            return self._slots

    def plug(self) -> None:
        with self.serial_port.lock:
            self._decoder = EnttecDecoder()
            self.serial_port.plug()

    def start(self) -> Self:
        self.serial_port.start()
        return self

    def stop(self) -> None:
        self.serial_port.stop()

    def _receive(self, terminal: Terminal, data: bytes) -> None:
        for message in self._decoder.feed(data):
            answer = self._handle(message)
            step = self.chunk or max(1, len(answer))
            for at in range(0, len(answer), step):
                os.write(terminal.device, answer[at : at + step])

    def _handle(self, message: EnttecMessage) -> bytes:
        if self.silent:
            return b""
        slots = dmx_slots(message)
        if slots is not None:
            self._slots = slots
        answers = {
            Label.PARAMETERS: bytes([44, 1, 9, 1, 40]),  # firmware 1.44; break, mark and rate of the factory setting
            Label.SERIAL_NUMBER: bytes(reversed(bytes.fromhex(SERIAL))),
        }
        if message.label not in answers:
            return b""
        return self.noise + EnttecMessage(message.label, answers[Label(message.label)]).frame
