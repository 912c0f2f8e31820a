"""Lamps on DMX512 behind an interface that is compatible with Enttec's DMX USB Pro, on a serial port."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import serial

from hardware.lights.api import Glow, Lamp, LightsInfo, LightsProblem, at_start, checked, merged
from hardware.lights.enttec_protocol import Label, Message, MessageDecoder, dmx

_SPEED: Final = 57_600  # of no meaning on USB, but what the interface's specification names
_SLICE: Final = 0.05
_FULL: Final = 255
_REASONS: Final = {
    errno.EACCES: "not_allowed",
    errno.EPERM: "not_allowed",
    errno.EBUSY: "taken",
    errno.EAGAIN: "taken",
}

_Said = TypeVar("_Said")


class DmxLights:
    """The interface repeats the last packet by itself, so the lamps shine on while nobody talks to it."""

    def __init__(
        self,
        port: str,
        lamps: tuple[Lamp, ...],
        patience: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`patience` is the seconds that the interface may take for an answer. Raises LightsProblem settings."""
        self.port = port
        self._lamps, self._patience, self._clock = checked(lamps), patience, clock
        self._serial: serial.Serial | None = None
        self._glows: dict[str, Glow] = {}

    def open(self) -> LightsInfo:
        """Raises LightsProblem absent, not_allowed, taken, silent, lost."""
        try:
            self._serial = serial.Serial(self.port, _SPEED, timeout=_SLICE, write_timeout=1.0, exclusive=True)
        except (OSError, ValueError) as error:
            reason = _REASONS.get(getattr(error, "errno", 0) or 0, "absent")
            raise LightsProblem(f"lights.{reason}", port=self.port) from error
        try:
            self._ask(Label.PARAMETERS)
            number = self._ask(Label.SERIAL_NUMBER)
            glows = {lamp.name: at_start(lamp) for lamp in self._lamps}
            self._send(glows)
        except LightsProblem:
            self.close()
            raise
        return LightsInfo("dmx", _serial_text(number.data), self._lamps, dimmable=True)

    def shine(self, glows: Mapping[str, Glow]) -> None:
        self._opened()
        self._send(merged(self._lamps, self._glows, glows))

    def glows(self) -> Mapping[str, Glow]:
        self._opened()
        return dict(self._glows)

    def close(self) -> None:
        if self._serial is not None:
            self._serial.close()
            self._serial = None

    def _send(self, glows: dict[str, Glow]) -> None:
        """Sets every channel anew, then asks for an answer: whoever only writes does not notice a pulled plug."""
        self._talk(lambda line: line.write(dmx(_slots(self._lamps, glows)).frame))
        self._ask(Label.SERIAL_NUMBER)
        self._glows = glows

    def _ask(self, label: Label) -> Message:
        """Raises LightsProblem silent, lost."""
        question = Message(label, b"\0\0" if label is Label.PARAMETERS else b"")
        return self._talk(lambda line: self._answer(line, question))

    def _answer(self, line: serial.Serial, question: Message) -> Message:
        line.read(line.in_waiting)  # an answer to an earlier question is nobody's answer now
        line.write(question.frame)
        decoder, until = MessageDecoder(), self._clock() + self._patience
        while self._clock() < until:
            for message in decoder.feed(line.read(max(1, line.in_waiting))):
                if message.label == question.label:
                    return message
        raise LightsProblem("lights.silent", port=self.port)

    def _talk(self, say: Callable[[serial.Serial], _Said]) -> _Said:
        line = self._opened()
        try:
            return say(line)
        except OSError as error:  # SerialException is one; an unplugged adapter answers every call with it
            self.close()
            raise LightsProblem("lights.lost", port=self.port) from error

    def _opened(self) -> serial.Serial:
        if self._serial is None:
            raise LightsProblem("lights.lost", port=self.port)
        return self._serial


def _slots(lamps: tuple[Lamp, ...], glows: Mapping[str, Glow]) -> bytes:
    """The universe up to the last channel that a lamp has. A lamp's own curve must be set to linear."""
    channels = [channel for lamp in lamps for channel in (lamp.channel, lamp.kelvin_channel or 0)]
    slots = bytearray(max(channels, default=0))
    for lamp in lamps:
        glow, (low, high) = glows[lamp.name], lamp.kelvin
        slots[lamp.channel - 1] = round(glow.level * _FULL)
        if lamp.kelvin_channel is not None and glow.kelvin is not None:
            slots[lamp.kelvin_channel - 1] = round((glow.kelvin - low) / (high - low) * _FULL)
    return bytes(slots)


def _serial_text(data: bytes) -> str:
    """Four bytes, two decimal digits each, the lowest first."""
    return bytes(reversed(data[:4])).hex()
