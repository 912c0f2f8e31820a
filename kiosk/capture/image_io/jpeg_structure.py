"""The structure of a JPEG file: its segments, frame, quantization tables and scans."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from config.jpeg_segments import DQT, DRI, EOI, SOF_MARKERS, SOS, Frame, read_frame, read_segments


def _zigzag() -> list[int]:
    """Return the index in the 8 x 8 block of every coefficient in the file (T.81, figure A.6)."""
    order = sorted(
        ((row, column) for row in range(8) for column in range(8)),
        key=lambda at: (at[0] + at[1], at[0] if (at[0] + at[1]) % 2 else at[1]),
    )
    return [8 * row + column for row, column in order]


_ZIGZAG: Final = _zigzag()


@dataclass(frozen=True)
class Scan:
    """A scan. `header` is the body of its SOS segment, `restart_interval` that of the last DRI segment before it (0:
    none), and `data_range` the range of its entropy-coded data."""

    header: bytes = field(repr=False)
    restart_interval: int
    data_range: range


@dataclass(frozen=True)
class JpegStructure:
    """`segments` are in order, without the scans' data; `tables` have 64 steps by number, row by row; `complete` is
    whether there is an end marker, and `end_offset` the offset behind it."""

    segments: tuple[tuple[int, bytes], ...] = field(repr=False)
    frame: Frame | None
    tables: dict[int, tuple[int, ...]] = field(repr=False)
    scans: tuple[Scan, ...] = field(repr=False)
    complete: bool
    end_offset: int

    def first_segment(self, marker: int, prefix: bytes = b"") -> bytes:
        """Return the body of the first segment with `marker` that begins with `prefix`, b"" if there is none."""
        return next((body for kind, body in self.segments if kind == marker and body.startswith(prefix)), b"")

    def has_segment(self, marker: int, prefix: bytes = b"") -> bool:
        return any(kind == marker and body.startswith(prefix) for kind, body in self.segments)


def read_structure(data: bytes) -> JpegStructure:
    """Return the structure of the JPEG that `data` begins with, as far as it can be followed."""
    segments: list[tuple[int, bytes]] = []
    tables: dict[int, tuple[int, ...]] = {}
    frame: Frame | None = None
    scans: list[Scan] = []
    interval, end = 0, 0
    for segment in read_segments(data):
        segments.append((segment.marker, segment.body))
        if segment.marker in SOF_MARKERS and frame is None:
            frame = read_frame(segment)
        elif segment.marker == DQT:
            tables.update(_read_tables(segment.body))
        elif segment.marker == DRI:
            interval = int.from_bytes(segment.body[:2], "big")
        elif segment.marker == SOS:
            scans.append(Scan(segment.body, interval, segment.coded_data))
        end = segment.end if segment.marker == EOI else 0
    return JpegStructure(tuple(segments), frame, tables, tuple(scans), end > 0, end)


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
