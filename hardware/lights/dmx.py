"""Lamps on DMX512 behind an interface that is compatible with Enttec's DMX USB Pro, on a serial port."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import serial

from hardware.lights.api import Lamp, LampLevel, LightsInfo, LightsProblem, initial_level, merge_levels, validate_lamps
from hardware.lights.enttec_protocol import EnttecDecoder, EnttecMessage, Label, dmx_message

_BAUD_RATE: Final = 57_600  # ignored on USB, but given in the interface's specification
_READ_TIMEOUT_S: Final = 0.05
_MAX_DMX_VALUE: Final = 255
_REASONS: Final = {
    errno.EACCES: "not_allowed",
    errno.EPERM: "not_allowed",
    errno.EBUSY: "taken",
    errno.EAGAIN: "taken",
}

_Result = TypeVar("_Result")


class DmxLights:
    """Lamps on DMX512. The interface repeats the last packet automatically, so that they keep their levels."""

    def __init__(
        self,
        port: str,
        lamps: tuple[Lamp, ...],
        timeout: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`timeout` is the seconds that the interface may take for an answer. Raises LightsProblem settings."""
        self.port = port
        self._lamps, self._timeout, self._clock = validate_lamps(lamps), timeout, clock
        self._serial: serial.Serial | None = None
        self._levels: dict[str, LampLevel] = {}

    def open(self) -> LightsInfo:
        """Raises LightsProblem absent, not_allowed, taken, silent, lost."""
        try:
            self._serial = serial.Serial(
                self.port, _BAUD_RATE, timeout=_READ_TIMEOUT_S, write_timeout=1.0, exclusive=True
            )
        except (OSError, ValueError) as error:
            reason = _REASONS.get(getattr(error, "errno", 0) or 0, "absent")
            raise LightsProblem(f"lights.{reason}", port=self.port) from error
        try:
            self._request(Label.PARAMETERS)
            number = self._request(Label.SERIAL_NUMBER)
            levels = {lamp.name: initial_level(lamp) for lamp in self._lamps}
            self._send(levels)
        except LightsProblem:
            self.close()
            raise
        return LightsInfo("dmx", _serial_text(number.data), self._lamps, dimmable=True)

    def set_levels(self, levels: Mapping[str, LampLevel]) -> None:
        self._require_open()
        self._send(merge_levels(self._lamps, self._levels, levels))

    def levels(self) -> Mapping[str, LampLevel]:
        self._require_open()
        return dict(self._levels)

    def close(self) -> None:
        if self._serial is not None:
            self._serial.close()
            self._serial = None

    def _send(self, levels: dict[str, LampLevel]) -> None:
        """Send every channel again, then request an answer: a write alone does not reveal an unplugged interface."""
        self._exchange(lambda connection: connection.write(dmx_message(_slots(self._lamps, levels)).frame))
        self._request(Label.SERIAL_NUMBER)
        self._levels = levels

    def _request(self, label: Label) -> EnttecMessage:
        """Return the answer to a request. Raises LightsProblem silent, lost."""
        request = EnttecMessage(label, b"\0\0" if label is Label.PARAMETERS else b"")
        return self._exchange(lambda connection: self._read_reply(connection, request))

    def _read_reply(self, connection: serial.Serial, request: EnttecMessage) -> EnttecMessage:
        connection.read(connection.in_waiting)  # discard a late answer to an earlier request
        connection.write(request.frame)
        decoder, until = EnttecDecoder(), self._clock() + self._timeout
        while self._clock() < until:
            for message in decoder.feed(connection.read(max(1, connection.in_waiting))):
                if message.label == request.label:
                    return message
        raise LightsProblem("lights.silent", port=self.port)

    def _exchange(self, operation: Callable[[serial.Serial], _Result]) -> _Result:
        connection = self._require_open()
        try:
            return operation(connection)
        except OSError as error:  # SerialException is one; an unplugged adapter raises it at every call
            self.close()
            raise LightsProblem("lights.lost", port=self.port) from error

    def _require_open(self) -> serial.Serial:
        if self._serial is None:
            raise LightsProblem("lights.lost", port=self.port)
        return self._serial


def _slots(lamps: tuple[Lamp, ...], levels: Mapping[str, LampLevel]) -> bytes:
    """Return the universe up to the last channel of a lamp. A lamp's own curve must be set to linear."""
    channels = [channel for lamp in lamps for channel in (lamp.channel, lamp.kelvin_channel or 0)]
    slots = bytearray(max(channels, default=0))
    for lamp in lamps:
        lamp_level, (low, high) = levels[lamp.name], lamp.kelvin
        slots[lamp.channel - 1] = round(lamp_level.level * _MAX_DMX_VALUE)
        if lamp.kelvin_channel is not None and lamp_level.kelvin is not None:
            slots[lamp.kelvin_channel - 1] = round((lamp_level.kelvin - low) / (high - low) * _MAX_DMX_VALUE)
    return bytes(slots)


def _serial_text(data: bytes) -> str:
    """Return the serial number: four bytes, two decimal digits each, the lowest first."""
    return bytes(reversed(data[:4])).hex()
