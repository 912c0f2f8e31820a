"""Check that the compressed data of a PNG contain every row: Pillow leaves missing rows black."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from kiosk.capture.image_io.headers import png_chunks

_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # PNG 3rd edition, table 8: by colour type
_ADAM7: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_CHUNK_BYTES: Final = 1 << 20  # bytes unpacked at once

IHDR: Final = b"IHDR"
IDAT: Final = b"IDAT"


def png_is_complete(data: bytes) -> bool:
    """Return whether a PNG, whose header has been read, has all rows. A damaged stream is incomplete."""
    chunks = list(png_chunks(data, frozenset((IHDR, IDAT))))
    header = next((body for kind, body in chunks if kind == IHDR), b"")
    if len(header) < 13:
        return False
    missing = _raw_size(header)
    stream = zlib.decompressobj()
    try:
        for body in (body for kind, body in chunks if kind == IDAT):
            packed = body
            while packed and missing > 0:
                missing -= len(stream.decompress(packed, _CHUNK_BYTES))
                packed = stream.unconsumed_tail
        while missing > 0 and (rest := stream.flush(_CHUNK_BYTES)):
            missing -= len(rest)
    except zlib.error:
        return False
    return missing <= 0


def _raw_size(header: bytes) -> int:
    """Return the bytes of all rows with their filter bytes."""
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header[:13])
    bits = depth * _CHANNELS.get(colour, 0)
    passes = _ADAM7 if interlace else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total
