"""Check that a Motion-JPEG frame is complete: after a transfer error webcams send half a frame, or one with a gap.

Decoders report no error and fill the missing part with grey. So the bytes are checked (ITU-T T.81, annex B): a complete
frame has its end marker and all restart markers, in order. Without restart markers a gap makes the data too short, and
the decoder leaves the last blocks at code 128.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.image_file import MAX_HEADER_BYTES
from config.jpeg_segments import DRI, EOI, RST0, RST7, SIGNATURE, SOF_MARKERS, SOS, Frame, read_frame, read_segments

_BLOCK_PX: Final = 8
_UNDECODED_LEVEL: Final = 128
_MAX_BLACK_LEVEL: Final = 4.0  # code value: a sensor's own noise is above it, a frame without any light is not


@dataclass(frozen=True)
class JpegHeader:
    """The header of a JPEG. A restart marker follows every `restart_interval` minimum coded units (0: none); the data
    of the first scan begin at byte `scan_offset`."""

    frame: Frame
    restart_interval: int
    scan_offset: int


def parse_header(data: NDArray[np.uint8]) -> JpegHeader | None:
    """Parse the header of a JPEG; None if the bytes are not a JPEG or the header is damaged."""
    beginning = data[:MAX_HEADER_BYTES].tobytes()
    if not beginning.startswith(SIGNATURE):
        return None
    frame, interval = None, 0
    for segment in read_segments(beginning, skip_stray_bytes=False):
        if segment.marker == SOS:
            return JpegHeader(frame, interval, segment.end) if frame is not None and _has_size(frame) else None
        if segment.marker == DRI:
            interval = int.from_bytes(segment.body[:2], "big")
        elif segment.marker in SOF_MARKERS:
            frame = read_frame(segment)
    return None


def is_complete(data: NDArray[np.uint8]) -> bool:
    """Return whether the end marker and all restart markers are there."""
    header = parse_header(data)
    if header is None:
        return False
    body = data[header.scan_offset :]
    markers = body[np.flatnonzero(body[:-1] == 0xFF) + 1]
    if not (markers == EOI).any():
        return False
    if header.frame.progressive or header.restart_interval == 0:
        return True
    restarts = markers[(markers >= RST0) & (markers <= RST7)] - RST0
    expected = math.ceil(header.frame.mcu_count() / header.restart_interval) - 1
    return restarts.size == expected and bool((restarts == np.arange(expected) % 8).all())


def is_fully_decoded(pixels: NDArray[np.uint8]) -> bool:
    """Return whether the decoder wrote the last block of the picture (RGB or BGR)."""
    top, left = ((side - 1) // _BLOCK_PX * _BLOCK_PX for side in pixels.shape[:2])
    return bool((pixels[top:, left:] != _UNDECODED_LEVEL).any())


def is_black(brightness: float) -> bool:
    """Return whether a picture with this mean code value shows no light."""
    return brightness < _MAX_BLACK_LEVEL


def _has_size(frame: Frame) -> bool:
    return bool(frame.width and frame.components) and all(across and down for across, down in frame.sampling)
