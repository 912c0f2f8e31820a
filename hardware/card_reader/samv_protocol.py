"""Frames of the SAM-V module inside a resident-card reader: requests, replies, and the meaning of the status.

    request   AA AA AA 96 69 | length, 2 bytes big-endian | command parameter [data] | checksum
    reply     AA AA AA 96 69 | length, 2 bytes big-endian | status, 3 bytes  [data]  | checksum

The length counts everything after itself. The checksum is the XOR of length, command or status, and data (GA 450 as
restated by eastcoms.com/service/downdrive/508.html; every frame and length was recomputed).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from functools import reduce
from operator import xor
from typing import Final, Literal

from config.i18n import FALLBACK, translations

PREAMBLE: Final = bytes.fromhex("AAAAAA9669")
REQUEST_BODY_BYTES: Final = 2
"""Command and parameter: the shortest body of a request."""
REPLY_BODY_BYTES: Final = 3
"""Three status bytes: the shortest body of a reply."""
MAX_BODY_BYTES: Final = 0x090A - 1
"""The longest reply: text, photo and two fingerprints, 2321 bytes with preamble and length."""
_LENGTH_END: Final = len(PREAMBLE) + 2


class Command(Enum):
    """Commands to the module: command byte and parameter byte. Find, select, read are always sent in this order."""

    RESET = (0x10, 0xFF)
    STATUS = (0x11, 0xFF)
    FIND = (0x20, 0x01)
    SELECT = (0x20, 0x02)
    READ = (0x30, 0x01)

    @property
    def body(self) -> bytes:
        return bytes(self.value)

    @property
    def frame(self) -> bytes:
        return encode(self.body)


class Status(IntEnum):
    """The third status byte of a reply."""

    CHECKSUM = 0x10
    LENGTH = 0x11
    UNKNOWN_COMMAND = 0x21
    NOT_PERMITTED = 0x23
    UNKNOWN_ERROR = 0x24
    CARD_DISTRUSTS_MODULE = 0x31
    MODULE_DISTRUSTS_CARD = 0x32
    INFORMATION_CHECK = 0x33
    FINGERPRINT_CHECK = 0x37
    ANSWER_LENGTH = 0x3F
    UNKNOWN_CARD = 0x40
    READ_FAILED = 0x41
    RANDOM_NUMBER = 0x47
    SELF_TEST = 0x60
    UNLICENSED = 0x66
    NO_CARD = 0x80
    SELECT_FAILED = 0x81
    OK = 0x90
    NO_SUCH_ITEM = 0x91
    FOUND = 0x9F


def translate_status(status: int, language: str = FALLBACK) -> str:
    """Return the meaning of a status byte, for the operator."""
    known = status in Status.__members__.values()
    return translations(language).translate(
        f"samv.status.{status:02x}" if known else "samv.status.other", code=f"{status:02X}"
    )


@dataclass(frozen=True)
class Reply:
    """A module's reply. `data` may contain a person's text and photo, so repr omits it."""

    status: int
    data: bytes = field(default=b"", repr=False)

    @classmethod
    def from_body(cls, body: bytes) -> Reply:
        return cls(body[2], body[3:])

    @property
    def body(self) -> bytes:
        return bytes((0, 0, self.status)) + self.data

    @property
    def frame(self) -> bytes:
        return encode(self.body)


@dataclass(frozen=True)
class DamagedFrame:
    """A frame that began but is invalid."""

    reason: Literal["length", "checksum"]


def checksum(data: bytes) -> int:
    """XOR over length and body.

    >>> f"{checksum(bytes.fromhex('00032001')):02X}"
    '22'
    """
    return reduce(xor, data, 0)


def encode(body: bytes) -> bytes:
    """Return the whole frame around a body (the bytes between length and checksum)."""
    covered = (len(body) + 1).to_bytes(2, "big") + body
    return PREAMBLE + covered + bytes((checksum(covered),))


class FrameDecoder:
    """Accepts bytes as they arrive and returns the bodies of complete frames, and `DamagedFrame` for an invalid one.

    Noise before a frame is skipped. After damage the search continues one byte later, so that a complete frame behind a
    false start is still found.
    """

    def __init__(self, min_body: int) -> None:
        self._min_body = min_body
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> list[bytes | DamagedFrame]:
        self._buffer += chunk
        out: list[bytes | DamagedFrame] = []
        while (frame := self._next_frame()) is not None:
            out.append(frame)
        return out

    def _next_frame(self) -> bytes | DamagedFrame | None:
        self._skip_noise()
        if len(self._buffer) < _LENGTH_END:
            return None
        length = int.from_bytes(self._buffer[len(PREAMBLE) : _LENGTH_END], "big")
        if not self._min_body < length <= MAX_BODY_BYTES + 1:
            return self._damaged("length")
        end = _LENGTH_END + length
        if len(self._buffer) < end:
            return None
        covered = bytes(self._buffer[len(PREAMBLE) : end - 1])
        if checksum(covered) != self._buffer[end - 1]:
            return self._damaged("checksum")
        del self._buffer[:end]
        return covered[2:]

    def _skip_noise(self) -> None:
        start = self._buffer.find(PREAMBLE)
        if start < 0:  # the last bytes may be the first of a preamble
            start = max(0, len(self._buffer) - len(PREAMBLE) + 1)
        del self._buffer[:start]

    def _damaged(self, reason: Literal["length", "checksum"]) -> DamagedFrame:
        del self._buffer[:1]
        return DamagedFrame(reason)
