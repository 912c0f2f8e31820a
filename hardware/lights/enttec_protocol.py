"""The messages of a DMX USB interface: 7E, label, length (two bytes, low first), data, E7.

After "DMX USB Pro Widget API Specification 1.44" (Enttec), which compatible interfaces keep. Written here, in a few
lines, because the libraries for it (pyenttec 1.4, DMXEnttecPro 0.4, DmxPy 0.5: last releases between 2018 and 2021)
only ever write: none reads an answer, so none can tell an interface from any other serial adapter or from one that
hangs, and a write without a time limit blocks whoever calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

BEGIN, END = 0x7E, 0xE7
MOST_DATA: Final = 600
"""Bytes of data that any message may have; what says more is noise."""
_LEAST_SLOTS: Final = 24  # shorter packets are refused by the interface
_START_CODE: Final = 0  # of dimmers, in DMX512-A


class Label(IntEnum):
    PARAMETERS = 3  # asks for firmware and timing, and is answered with the same label
    SEND_DMX = 6  # "Output Only Send DMX Packet": repeated by the interface until the next one, not answered
    SERIAL_NUMBER = 10


@dataclass(frozen=True)
class Message:
    label: int
    data: bytes = b""

    @property
    def frame(self) -> bytes:
        return bytes([BEGIN, self.label, len(self.data) & 0xFF, len(self.data) >> 8]) + self.data + bytes([END])


def dmx(slots: bytes) -> Message:
    """The message that sets the first channels of the universe, one byte each."""
    return Message(Label.SEND_DMX, bytes([_START_CODE]) + slots.ljust(_LEAST_SLOTS, b"\0"))


def slots_of(message: Message) -> bytes | None:
    """The channels in a message; None where it is none for dimmers."""
    is_dmx = message.label == Label.SEND_DMX and len(message.data) > _LEAST_SLOTS
    return message.data[1:] if is_dmx and message.data[0] == _START_CODE else None


class MessageDecoder:
    """Messages out of bytes that come in any pieces, with noise between them."""

    def __init__(self) -> None:
        self._heard = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Message]:
        self._heard += chunk
        while (begin := self._heard.find(BEGIN)) >= 0:
            del self._heard[:begin]
            if len(self._heard) < 5:
                return
            size = self._heard[2] | self._heard[3] << 8
            if size <= MOST_DATA and len(self._heard) < size + 5:
                return
            if size > MOST_DATA or self._heard[size + 4] != END:
                del self._heard[0]  # no beginning after all; another may follow within
                continue
            yield Message(self._heard[1], bytes(self._heard[4 : size + 4]))
            del self._heard[: size + 5]
        self._heard.clear()
