"""The segments of a JPEG file (ITU-T T.81, annex B), read without decoding a pixel."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_EOI, _SOS, _DQT, _DRI = 0xD9, 0xDA, 0xDB, 0xDD
_STANDALONE_MARKERS: Final = {0x01, *range(0xD0, 0xD9)}  # markers without a length
_FRAME_MARKERS: Final = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF0 .. SOF15 without DHT, JPG and DAC
_PROGRESSIVE_MARKERS: Final = {0xC2, 0xC6, 0xCA, 0xCE}
_LOSSLESS_MARKERS: Final = {0xC3, 0xC7, 0xCB, 0xCF}
_HIERARCHICAL_MARKERS: Final = {0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF}
_FIRST_ARITHMETIC: Final = 0xC9
_MAX_SEGMENTS: Final = 8192  # a profile takes 255 at most; more than this is an attack
_FILL_BYTES: Final = re.compile(rb"\xff+")
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # in coded data 0xff is stuffed, or a restart

APP0, APP1, APP2, APP13, APP14, COM = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE


def _zigzag() -> list[int]:
    """Place in the 8 x 8 block of the n-th coefficient in the file (T.81, figure A.6)."""
    order = sorted(
        ((row, column) for row in range(8) for column in range(8)),
        key=lambda at: (at[0] + at[1], at[0] if (at[0] + at[1]) % 2 else at[1]),
    )
    return [8 * row + column for row, column in order]


_ZIGZAG: Final = _zigzag()


@dataclass(frozen=True)
class Frame:
    """The header of the picture. `components` are their identifiers, `sampling` is (horizontal, vertical) of each,
    `tables` its quantization table's number."""

    precision: int
    width: int
    height: int
    components: tuple[int, ...]
    sampling: tuple[tuple[int, int], ...]
    tables: tuple[int, ...]
    progressive: bool
    lossless: bool
    arithmetic: bool
    hierarchical: bool


@dataclass(frozen=True)
class Scan:
    """`header` is the body of its SOS segment, `restart_interval` that of the last DRI segment before it (0: none), and
    `data_range` where its entropy-coded data lie."""

    header: bytes = field(repr=False)
    restart_interval: int
    data_range: range


@dataclass(frozen=True)
class JpegStructure:
    """`segments` in order, without the scans' data; `tables` number > 64 steps, row by row; `complete` is whether
    there is an end marker, and `end_offset` the place behind it."""

    segments: tuple[tuple[int, bytes], ...] = field(repr=False)
    frame: Frame | None
    tables: dict[int, tuple[int, ...]] = field(repr=False)
    scans: tuple[Scan, ...] = field(repr=False)
    complete: bool
    end_offset: int

    def first_segment(self, marker: int, prefix: bytes = b"") -> bytes:
        """The body of the first segment of that marker that begins so, b"" where there is none."""
        return next((body for kind, body in self.segments if kind == marker and body.startswith(prefix)), b"")

    def has_segment(self, marker: int, prefix: bytes = b"") -> bool:
        return any(kind == marker and body.startswith(prefix) for kind, body in self.segments)


def read_structure(data: bytes) -> JpegStructure:
    """The structure of the JPEG that `data` begins with, as far as it can be followed."""
    segments: list[tuple[int, bytes]] = []
    tables: dict[int, tuple[int, ...]] = {}
    frame: Frame | None = None
    scans: list[Scan] = []
    interval, end = 0, 0
    for marker, body, at, coded in _segments(data):
        segments.append((marker, body))
        if marker in _FRAME_MARKERS and frame is None:
            frame = _read_frame(marker, body)
        elif marker == _DQT:
            tables.update(_read_tables(body))
        elif marker == _DRI:
            interval = int.from_bytes(body[:2], "big")
        elif marker == _SOS:
            scans.append(Scan(body, interval, coded))
        end = at if marker == _EOI else 0
    return JpegStructure(tuple(segments), frame, tables, tuple(scans), end > 0, end)


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int, range]]:
    """Marker, body, the place behind them, and where the coded data that follow a scan's header lie."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        if at + 2 > len(data):
            return
        if data[at] != 0xFF:  # strayed bytes between segments, which decoders skip as well
            following = _NEXT_MARKER.search(data, at)
            if following is None:
                return
            at = following.start()
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes
            at = _FILL_BYTES.search(data, at).end() - 1  # type: ignore[union-attr]
            continue
        if marker == _EOI or marker in _STANDALONE_MARKERS:
            yield marker, b"", at + 2, range(0)
            at += 2
            if marker == _EOI:
                return
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > len(data):
            return
        behind = after = at + 2 + length
        if marker == _SOS:
            following = _NEXT_MARKER.search(data, behind)
            after = following.start() if following else len(data)
        yield marker, data[at + 4 : behind], behind, range(behind, after)
        at = after


def _read_frame(marker: int, body: bytes) -> Frame | None:
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:
        return None
    precision, height, width, count = struct.unpack_from(">BHHB", body)
    components = [body[6 + 3 * n : 9 + 3 * n] for n in range(count)]
    return Frame(
        precision=precision,
        width=width,
        height=height,
        components=tuple(c[0] for c in components),
        sampling=tuple((c[1] >> 4, c[1] & 15) for c in components),
        tables=tuple(c[2] for c in components),
        progressive=marker in _PROGRESSIVE_MARKERS,
        lossless=marker in _LOSSLESS_MARKERS,
        arithmetic=marker >= _FIRST_ARITHMETIC,
        hierarchical=marker in _HIERARCHICAL_MARKERS,
    )


def _read_tables(body: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
    at = 0
    while at < len(body):
        wide, number = body[at] >> 4, body[at] & 15
        size = 128 if wide else 64
        steps = body[at + 1 : at + 1 + size]
        if len(steps) < size:
            return
        values = struct.unpack(">64H" if wide else "64B", steps)
        natural = [0] * 64
        for value, place in zip(values, _ZIGZAG, strict=True):
            natural[place] = value
        yield number, tuple(natural)
        at += 1 + size
