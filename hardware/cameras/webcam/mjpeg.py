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
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start of frame, of every process
_PROGRESSIVE: Final = 0xC2
_BLOCK: Final = 8
_UNTOUCHED: Final = 128
_DARKEST: Final = 4.0  # code value: a sensor's own noise is above it, a frame without any light is not


@dataclass(frozen=True)
class Header:
    """What a JPEG says of itself before its picture begins at byte `begin`. `units` is how many blocks it is made of,
    each (8 x sampling) pixels wide and high; after `every` of them stands a restart marker, 0: nowhere."""

    width: int
    height: int
    units: int
    every: int
    progressive: bool
    begin: int


def header(data: Bytes) -> Header | None:
    """None where the bytes do not begin like a JPEG."""
    if data.size < 4 or data[0] != 0xFF or data[1] != _START:
        return None
    at, every, size, progressive = 2, 0, (0, 0, 0), False
    while at + 9 < data.size and data[at] == 0xFF:
        marker, length = int(data[at + 1]), _word(data, at + 2)
        if marker == _SCAN:
            return Header(*size, every, progressive, at + 2 + length) if size[0] else None
        if marker == _RESTARTS:
            every = _word(data, at + 4)
        elif marker in _FRAMES:
            size, progressive = _size(data[at + 4 : at + 2 + length]), marker == _PROGRESSIVE
        at += 1 if marker == 0xFF else 2 + length
    return None


def is_whole(data: Bytes) -> bool:
    """Whether nothing is missing that the bytes themselves tell of."""
    about = header(data)
    if about is None:
        return False
    body = data[about.begin :]
    marks = np.flatnonzero(body[:-1] == 0xFF)
    kinds = body[marks + 1]
    if not (kinds == _END).any():
        return False
    if about.progressive or about.every == 0:
        return True
    restarts = kinds[(kinds >= 0xD0) & (kinds <= 0xD7)] - 0xD0
    expected = math.ceil(about.units / about.every) - 1
    return restarts.size == expected and bool((restarts == np.arange(expected) % 8).all())


def is_finished(pixels: NDArray[np.uint8]) -> bool:
    """Whether the decoder had something for the last block of the picture too. Any order of colours."""
    top, left = ((side - 1) // _BLOCK * _BLOCK for side in pixels.shape[:2])
    return bool((pixels[top:, left:] != _UNTOUCHED).any())


def is_black(brightness: float) -> bool:
    """Whether a picture of this mean code value has no light in it at all."""
    return brightness < _DARKEST


def _word(data: Bytes, at: int) -> int:
    return int(data[at]) << 8 | int(data[at + 1])


def _size(frame: Bytes) -> tuple[int, int, int]:
    """Width, height and number of units from a frame header; no size where it is too short."""
    if frame.size < 6 or frame.size < 6 + 3 * int(frame[5]) or not frame[5]:
        return 0, 0, 0
    height, width = _word(frame, 1), _word(frame, 3)
    sampling = frame[7 : 6 + 3 * int(frame[5]) : 3]
    across, down = (_BLOCK, _BLOCK) if sampling.size == 1 else (_BLOCK * int(max(sampling >> 4)), 0)
    down = down or _BLOCK * int(max(sampling & 15))
    if not across or not down:
        return 0, 0, 0
    return width, height, math.ceil(width / across) * math.ceil(height / down)
