"""Whether a frame of Motion-JPEG is whole: after an error on the cable webcams send half of one, or one with a hole.

Decoders say nothing: what is missing comes out grey. So the frame's own bytes are looked at (ITU-T T.81, annex B): it
ends with its end marker, and its restart markers are all there, in order. A hole without restart markers makes the rest
too short, and the decoder leaves the last blocks untouched, at the grey of the code 128.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_START, _END, _SCAN, _RESTARTS = 0xD8, 0xD9, 0xDA, 0xDD
_SOF_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start of frame, of every process
_SOF2: Final = 0xC2
_BLOCK_PX: Final = 8
_UNDECODED_LEVEL: Final = 128
_MAX_BLACK_LEVEL: Final = 4.0  # code value: a sensor's own noise is above it, a frame without any light is not


@dataclass(frozen=True)
class JpegHeader:
    """What a JPEG says of itself before its picture begins at byte `scan_offset`. `mcu_count` is how many blocks it is
    made of, each (8 x sampling) pixels wide and high; after `restart_interval` of them stands a restart marker, 0:
    nowhere."""

    width: int
    height: int
    mcu_count: int
    restart_interval: int
    progressive: bool
    scan_offset: int


def parse_header(data: Bytes) -> JpegHeader | None:
    """None where the bytes do not begin like a JPEG."""
    if data.size < 4 or data[0] != 0xFF or data[1] != _START:
        return None
    at, every, size, progressive = 2, 0, (0, 0, 0), False
    while at + 9 < data.size and data[at] == 0xFF:
        marker, length = int(data[at + 1]), _read_uint16(data, at + 2)
        if marker == _SCAN:
            return JpegHeader(*size, every, progressive, at + 2 + length) if size[0] else None
        if marker == _RESTARTS:
            every = _read_uint16(data, at + 4)
        elif marker in _SOF_MARKERS:
            size, progressive = _frame_size(data[at + 4 : at + 2 + length]), marker == _SOF2
        at += 1 if marker == 0xFF else 2 + length
    return None


def is_complete(data: Bytes) -> bool:
    """Whether nothing is missing that the bytes themselves tell of."""
    about = parse_header(data)
    if about is None:
        return False
    body = data[about.scan_offset :]
    marks = np.flatnonzero(body[:-1] == 0xFF)
    kinds = body[marks + 1]
    if not (kinds == _END).any():
        return False
    if about.progressive or about.restart_interval == 0:
        return True
    restarts = kinds[(kinds >= 0xD0) & (kinds <= 0xD7)] - 0xD0
    expected = math.ceil(about.mcu_count / about.restart_interval) - 1
    return restarts.size == expected and bool((restarts == np.arange(expected) % 8).all())


def is_fully_decoded(pixels: NDArray[np.uint8]) -> bool:
    """Whether the decoder had something for the last block of the picture too. Any order of colours."""
    top, left = ((side - 1) // _BLOCK_PX * _BLOCK_PX for side in pixels.shape[:2])
    return bool((pixels[top:, left:] != _UNDECODED_LEVEL).any())


def is_black(brightness: float) -> bool:
    """Whether a picture of this mean code value has no light in it at all."""
    return brightness < _MAX_BLACK_LEVEL


def _read_uint16(data: Bytes, at: int) -> int:
    return int(data[at]) << 8 | int(data[at + 1])


def _frame_size(frame: Bytes) -> tuple[int, int, int]:
    """Width, height and number of units from a frame header; no size where it is too short."""
    if frame.size < 6 or frame.size < 6 + 3 * int(frame[5]) or not frame[5]:
        return 0, 0, 0
    height, width = _read_uint16(frame, 1), _read_uint16(frame, 3)
    sampling = frame[7 : 6 + 3 * int(frame[5]) : 3]
    across, down = (_BLOCK_PX, _BLOCK_PX) if sampling.size == 1 else (_BLOCK_PX * int(max(sampling >> 4)), 0)
    down = down or _BLOCK_PX * int(max(sampling & 15))
    if not across or not down:
        return 0, 0, 0
    return width, height, math.ceil(width / across) * math.ceil(height / down)
