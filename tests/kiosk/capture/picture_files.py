"""Picture files of every kind for the tests of decoding."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image


def picture(width: int = 64, height: int = 48) -> Image.Image:
    """Return a picture whose red increases to the right and green downwards."""
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([x * 255 // width, y * 255 // height, x * 0], axis=-1).astype(np.uint8))


def encode(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.from_pillow(image).save(file, **options)
    else:
        image.save(file, kind, **options)
    return file.getvalue()


KINDS = ("JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF")

JPEG = encode(picture(), quality=90)
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\n{} loop\n"


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header(width: int, height: int) -> bytes:
    """Return a PNG whose header states that size and that has no pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b"")


def store_rotated(upright: NDArray[np.uint8], orientation: int) -> Image.Image:
    """Return `upright` as a camera in that orientation stores it."""
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    return Image.fromarray(np.ascontiguousarray(stored))


def with_orientation(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def png_16bit(values: NDArray[np.uint16]) -> bytes:
    """A PNG of 16 bits a sample."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    written = (struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def tiff_16bit(values: NDArray[np.uint16], order: str, planar: bool = False) -> bytes:
    """Return a plain TIFF of 16 bits a sample, in one strip or, if `planar`, one for each channel."""
    height, width = values.shape[:2]
    stored = np.moveaxis(values, 2, 0) if planar else values
    body = stored.astype(order + "u2").tobytes()
    strips = 3 if planar else 1
    tail = 8 + 2 + 12 * 10 + 4
    offsets, counts = tail + 6, tail + 6 + 4 * strips
    start = counts + 4 * strips
    each = len(body) // strips
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, tail), (259, 3, 1, 1), (262, 3, 1, 2)]
    entries += [(273, 4, strips, offsets if planar else start), (277, 3, 1, 3), (278, 4, 1, height)]
    entries += [(279, 4, strips, counts if planar else each), (284, 3, 1, 2 if planar else 1)]
    file = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, len(entries))
    for tag, kind, count, value in entries:
        packed = struct.pack(order + "HH", value, 0) if kind == 3 and count == 1 else struct.pack(order + "I", value)
        file += struct.pack(order + "HHI", tag, kind, count) + packed
    file += struct.pack(order + "I3H", 0, 16, 16, 16)
    file += struct.pack(f"{order}{strips}I", *(start + each * n for n in range(strips)))
    return file + struct.pack(f"{order}{strips}I", *[each] * strips) + body


SAMPLES_16BIT = np.random.default_rng(3).integers(0, 65536, (40, 50, 3)).astype(np.uint16)


def with_huge_claim(kind: str) -> bytes:
    """Return a small file of that kind whose header states gigapixels."""
    whole = bytearray(encode(picture(), kind))
    if kind == "WEBP":
        return b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\x3f\x9c\0" * 2
    if kind in ("HEIF", "AVIF"):
        at = whole.index(b"ispe") + 8
        whole[at : at + 8] = struct.pack(">II", 40_000, 40_000)
    elif kind == "TIFF":
        at = whole.index(struct.pack("<HHI", 256, 4, 1))
        whole[at + 8 : at + 12] = whole[at + 20 : at + 24] = struct.pack("<I", 40_000)
    else:
        at = whole.index(b"\xff\xc0") + 5
        whole[at : at + 4] = struct.pack(">HH", 40_000, 40_000)
    return bytes(whole)


def one_colour_png(width: int, height: int) -> bytes:
    """Return a PNG of one colour, a few hundred kilobytes for many megapixels.

    Only one row is compressed, because all rows of 118 MP take a second; after a full flush equal rows have equal
    bytes.
    """
    row, checksum = b"\0" + bytes((200, 40, 20)) * width, 1
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    packed = packer.compress(row) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(height):
        checksum = zlib.adler32(row, checksum)
    rows = b"\x78\xda" + packed * height + packer.flush() + struct.pack(">I", checksum)
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
