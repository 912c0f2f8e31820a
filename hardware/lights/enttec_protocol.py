"""The messages of a DMX USB interface: 7E, label, length (two bytes, low first), data, E7.

After "DMX USB Pro Widget API Specification 1.44" (Enttec), which compatible interfaces follow. Implemented here, in a
few lines, because the libraries for it (pyenttec 1.4, DMXEnttecPro 0.4, DmxPy 0.5: last releases between 2018 and 2021)
only write: none reads an answer, so none can distinguish an interface from another serial adapter or from one that
hangs, and a write without a timeout blocks its caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

BEGIN, END = 0x7E, 0xE7
MAX_DATA_BYTES: Final = 600
"""Largest number of data bytes in a message; a longer one is noise."""
_MIN_SLOTS: Final = 24  # shorter packets are refused by the interface
_START_CODE: Final = 0  # of dimmers, in DMX512-A


class Label(IntEnum):
    PARAMETERS = 3  # requests firmware and timing; the answer has the same label
    SEND_DMX = 6  # "Output Only Send DMX Packet": repeated by the interface until the next one, not answered
    SERIAL_NUMBER = 10


@dataclass(frozen=True)
class EnttecMessage:
    label: int
    data: bytes = b""

    @property
    def frame(self) -> bytes:
        return bytes([BEGIN, self.label, len(self.data) & 0xFF, len(self.data) >> 8]) + self.data + bytes([END])


def dmx_message(slots: bytes) -> EnttecMessage:
    """Return the message that sets the first channels of the universe, one byte each."""
    return EnttecMessage(Label.SEND_DMX, bytes([_START_CODE]) + slots.ljust(_MIN_SLOTS, b"\0"))


def dmx_slots(message: EnttecMessage) -> bytes | None:
    """Return the channels in a message; None if it is not for dimmers."""
    is_dmx = message.label == Label.SEND_DMX and len(message.data) > _MIN_SLOTS
    return message.data[1:] if is_dmx and message.data[0] == _START_CODE else None


class EnttecDecoder:
    """Parses messages from bytes that arrive in any pieces, with noise between them."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> Iterator[EnttecMessage]:
        self._buffer += chunk
        while (begin := self._buffer.find(BEGIN)) >= 0:
            del self._buffer[:begin]
            if len(self._buffer) < 5:
                return
            size = self._buffer[2] | self._buffer[3] << 8
            if size <= MAX_DATA_BYTES and len(self._buffer) < size + 5:
                return
            if size > MAX_DATA_BYTES or self._buffer[size + 4] != END:
                del self._buffer[0]  # a false start; a message may begin within
                continue
            yield EnttecMessage(self._buffer[1], bytes(self._buffer[4 : size + 4]))
            del self._buffer[: size + 5]
        self._buffer.clear()
