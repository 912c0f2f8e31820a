"""The segments of a JPEG file (ITU-T T.81, annex B), read without decoding a pixel."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

SIGNATURE: Final = b"\xff\xd8\xff"
"""Start of image, and the first byte of the next marker."""
SOI, EOI, SOS, DQT, DRI = 0xD8, 0xD9, 0xDA, 0xDB, 0xDD
RST0, RST7 = 0xD0, 0xD7
APP0, APP1, APP2, APP13, APP14, COM = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE

SOF_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15 without DHT, JPG and DAC."""
_PROGRESSIVE_MARKERS: Final = {0xC2, 0xC6, 0xCA, 0xCE}
_LOSSLESS_MARKERS: Final = {0xC3, 0xC7, 0xCB, 0xCF}
_HIERARCHICAL_MARKERS: Final = {0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF}
_FIRST_ARITHMETIC: Final = 0xC9
_STANDALONE_MARKERS: Final = {0x01, *range(0xD0, 0xDA)}  # markers without a length
_MAX_SEGMENTS: Final = 8192  # a profile takes 255 at most; more than this is an attack
_FILL_BYTES: Final = re.compile(rb"\xff+")
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # in coded data 0xff is stuffed, or a restart


@dataclass(frozen=True)
class Segment:
    """One segment. `end` is the offset after `body`; `coded_data` is the range of the entropy-coded data after a scan
    header, and empty for every other segment."""

    marker: int
    body: bytes = field(repr=False)
    end: int
    coded_data: range


@dataclass(frozen=True)
class Frame:
    """A frame header. `components` are the component identifiers; `sampling` is (horizontal, vertical) and `tables` the
    number of the quantization table of each component."""

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

    def mcu_count(self, component: int | None = None) -> int:
        """Return the number of minimum coded units of a scan of all components, or of one alone (T.81, A.2)."""
        across, down = (max(1, *(factors[axis] for factors in self.sampling)) for axis in (0, 1))
        if component is None and len(self.components) != 1:
            return math.ceil(self.width / (8 * across)) * math.ceil(self.height / (8 * down))
        by_component = dict(zip(self.components, self.sampling, strict=True))
        own = by_component.get(self.components[0] if component is None else component, (1, 1))
        width, height = math.ceil(self.width * own[0] / across), math.ceil(self.height * own[1] / down)
        return math.ceil(width / 8) * math.ceil(height / 8)


def read_segments(data: bytes, skip_stray_bytes: bool = True) -> Iterator[Segment]:
    """Yield the segments of the JPEG at the start of `data`, until one is damaged.

    Decoders skip stray bytes between segments; without `skip_stray_bytes` the segments end there.
    """
    at = 2
    for _ in range(_MAX_SEGMENTS):
        if at + 2 > len(data):
            return
        if data[at] != 0xFF:
            following = _NEXT_MARKER.search(data, at) if skip_stray_bytes else None
            if following is None:
                return
            at = following.start()
        marker = data[at + 1]
        if marker == 0xFF:
            at = _FILL_BYTES.search(data, at).end() - 1  # type: ignore[union-attr]
            continue
        if marker in _STANDALONE_MARKERS:
            yield Segment(marker, b"", at + 2, range(0))
            at += 2
            if marker == EOI:
                return
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data):
            return
        coded = range(end, _coded_data_end(data, end)) if marker == SOS else range(0)
        yield Segment(marker, data[at + 4 : end], end, coded)
        at = coded.stop if marker == SOS else end


def read_frame(segment: Segment) -> Frame | None:
    """Return the frame header in a segment with one of SOF_MARKERS; None if the segment is too short."""
    marker, body = segment.marker, segment.body
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


def _coded_data_end(data: bytes, start: int) -> int:
    following = _NEXT_MARKER.search(data, start)
    return following.start() if following else len(data)
