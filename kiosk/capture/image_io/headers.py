"""Headers of picture files, read before any decoder runs.

False sizes of gigapixels are rejected before memory is allocated, and truncated files are recognized.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from kiosk.capture.image_io.file_type import FileKind
from kiosk.capture.image_io.jpeg_structure import JpegStructure, read_structure
from kiosk.capture.image_io.tiff_tags import TiffReader

_PNG_SIGNATURE: Final = 8
_RIFF_HEADER: Final = 12
_META_VERSION: Final = 4  # ISO 14496-12: a full box begins with version and flags
_WIDTH, _HEIGHT = 256, 257  # TIFF 6.0
_MAX_CHUNKS: Final = 100_000
_MIN_ZERO_TAIL_BYTES: Final = 4096  # encoders write a few zeros; only a plain area of megapixels would give that many
_ZERO_TAIL_DIVISOR: Final = 50

Chunk = tuple[bytes, bytes]


@dataclass(frozen=True)
class ImageHeader:
    """`size` is (width, height) as stored, None if it is not stated; `is_complete` is whether the file is as long as
    its own structure states; `zero_tail` whether the end of a compressed picture was never written; `structure` is that
    of a JPEG."""

    size: tuple[int, int] | None
    is_complete: bool
    zero_tail: bool = False
    structure: JpegStructure | None = field(default=None, repr=False)


def read_header(kind: FileKind, data: bytes) -> ImageHeader:
    """Read the header of `data`. Never raises."""
    readers = {
        FileKind.JPEG: _read_jpeg,
        FileKind.PNG: _read_png,
        FileKind.TIFF: _read_tiff,
        FileKind.WEBP: _read_webp,
        FileKind.HEIF: _read_heif,
        FileKind.AVIF: _read_heif,
    }
    return readers[kind](data)


def ends_in_zeros(data: bytes, start: int, stop: int) -> bool:
    """Return whether compressed data between two offsets end in a long run of zeros, as after an interrupted
    download."""
    part = data[start:stop]
    return len(part) - len(part.rstrip(b"\0")) >= max(_MIN_ZERO_TAIL_BYTES, len(part) // _ZERO_TAIL_DIVISOR)


def png_chunks(data: bytes, names: frozenset[bytes]) -> Iterator[Chunk]:
    """Yield the chunks of a PNG in `names` (kind, body), and an empty b"IEND" where the file has its end."""
    at = _PNG_SIGNATURE
    for _ in range(_MAX_CHUNKS):
        if at + 12 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            return
        if kind == b"IEND":
            yield kind, b""
            return
        if kind in names:
            yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def heif_properties(data: bytes) -> list[Chunk]:
    """Return the item properties (kind, body) of a HEIF file: meta > iprp > ipco (ISO 23008-12)."""
    meta = next((body for kind, body in _boxes(data, 0, len(data)) if kind == b"meta"), None)
    if meta is None:
        return []
    inside = range(meta.start + _META_VERSION, meta.stop)
    for name in (b"iprp", b"ipco"):
        box = next((body for kind, body in _boxes(data, inside.start, inside.stop) if kind == name), None)
        if box is None:
            return []
        inside = box
    return [(kind, data[body.start : body.stop]) for kind, body in _boxes(data, inside.start, inside.stop)]


def _read_jpeg(data: bytes) -> ImageHeader:
    structure = read_structure(data)
    frame = structure.frame
    size = (frame.width, frame.height) if frame else None
    return ImageHeader(size, structure.complete, structure=structure)


def _read_png(data: bytes) -> ImageHeader:
    chunks = list(png_chunks(data, frozenset((b"IHDR",))))
    size = struct.unpack(">II", chunks[0][1][:8]) if chunks and len(chunks[0][1]) >= 8 else None
    return ImageHeader((size[0], size[1]) if size else None, bool(chunks) and chunks[-1][0] == b"IEND")


def _read_tiff(data: bytes) -> ImageHeader:
    reader = TiffReader.of(data)
    if reader is None:
        return ImageHeader(None, False)
    tags, _ = reader.directory(reader.first_offset)
    width, height = tags.number(_WIDTH), tags.number(_HEIGHT)
    return ImageHeader((int(width), int(height)) if width and height else None, bool(tags))


def _read_webp(data: bytes) -> ImageHeader:
    reach = int.from_bytes(data[4:8], "little") + 8
    whole = len(data) >= reach
    size = None
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        return ImageHeader(None, False)
    if kind == b"VP8X":  # 24 bits each, less one
        size = int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    elif kind == b"VP8L":  # 14 bits each, less one, after the signature
        bits = int.from_bytes(body[1:5], "little")
        size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":  # 14 bits each, after the frame tag and the start code
        width, height = struct.unpack_from("<HH", body, 6)
        size = width & 0x3FFF, height & 0x3FFF
    return ImageHeader(size, whole, ends_in_zeros(data, 0, reach))


def _read_heif(data: bytes) -> ImageHeader:
    """Return the header, with the largest size of the file's items: a tiled picture states the size of the whole as
    well."""
    sizes = [
        struct.unpack_from(">II", body, 4)
        for kind, body in heif_properties(data)
        if kind == b"ispe" and len(body) >= 12
    ]
    reach = max((body.stop for _, body in _boxes(data, 0, len(data), beyond=True)), default=0)
    largest = max(sizes, key=lambda size: int(size[0] * size[1]), default=None)
    return ImageHeader(
        (largest[0], largest[1]) if largest else None, 0 < reach <= len(data), ends_in_zeros(data, 0, reach)
    )


def _boxes(data: bytes, start: int, stop: int, beyond: bool = False) -> Iterator[tuple[bytes, range]]:
    """Yield the boxes between two offsets: kind and range of the body. With `beyond`, also a box that ends later."""
    for _ in range(_MAX_CHUNKS):
        if start + 8 > stop:
            return
        length, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if length == 1 and start + 16 <= stop:
            length, head = struct.unpack_from(">Q", data, start + 8)[0], 16
        end = stop if length == 0 else start + length
        if (length != 0 and length < head) or (end > stop and not beyond):
            return
        yield kind, range(start + head, end)
        start = end
