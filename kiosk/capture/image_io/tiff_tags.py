"""TIFF directories of TIFF files and EXIF blocks (TIFF 6.0, section 2; BigTIFF). Broken entries are skipped, because
damaged metadata must not reject a photograph."""

from __future__ import annotations

import struct
from collections import UserDict
from dataclasses import dataclass, field
from typing import Final

_TYPE_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_STRUCT_CODES: Final = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_TEXT_TYPES: Final = (2, 7)
_RATIONAL_CODES: Final = {5: "I", 10: "i"}  # a rational number is two of these
# A few kilobytes can claim gigabytes of values by repeated references to one offset; the entries read here are short.
_MAX_ENTRIES: Final = 512
_MAX_VALUES: Final = 64
_MAX_TEXT_BYTES: Final = 4096
_MAX_DIRECTORIES: Final = 64

Value = bytes | tuple[float, ...]


class Tags(UserDict[int, Value]):
    """The entries of one directory: up to 64 numbers as a tuple, text and undefined bytes as up to 4096 bytes."""

    def numbers(self, tag: int) -> tuple[float, ...]:
        value = self.get(tag, ())
        return value if isinstance(value, tuple) else ()

    def number(self, tag: int) -> float | None:
        """Return the first number of `tag`, None if there is none."""
        return next(iter(self.numbers(tag)), None)

    def text(self, tag: int) -> str:
        """Return the text of `tag` up to its first NUL, "" if there is none."""
        value = self.get(tag, b"")
        return value.split(b"\0")[0].decode("utf-8", "replace").strip() if isinstance(value, bytes) else ""


@dataclass(frozen=True)
class TiffReader:
    """Reads directories at offsets of `data`."""

    data: bytes = field(repr=False)
    byte_order: str
    is_bigtiff: bool
    first_offset: int

    @classmethod
    def of(cls, data: bytes) -> TiffReader | None:
        """Return the reader of `data`; None if it does not begin as a TIFF."""
        order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
        if order is None or len(data) < 16:
            return None
        magic = struct.unpack_from(order + "H", data, 2)[0]
        if magic not in (42, 43):
            return None
        big = magic == 43
        first = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)[0]
        return cls(data, order, big, first)

    def directories(self) -> list[Tags]:
        """Return the directories of the file, one for each page."""
        directories: list[Tags] = []
        visited: set[int] = set()
        at = self.first_offset
        while at and at not in visited and len(directories) < _MAX_DIRECTORIES:
            visited.add(at)
            tags, at = self.directory(at)
            directories.append(tags)
        return directories

    def directory(self, offset: int) -> tuple[Tags, int]:
        """Return the directory at `offset`, and the offset of the next one, 0 if there is none."""
        tags = Tags()
        head, entry = ("Q", 20) if self.is_bigtiff else ("H", 12)
        try:
            count = struct.unpack_from(self.byte_order + head, self.data, offset)[0]
            start = offset + struct.calcsize(head)
            for at in range(start, start + entry * min(count, _MAX_ENTRIES), entry):
                self._entry(at, tags)
            following = struct.unpack_from(
                self.byte_order + ("Q" if self.is_bigtiff else "I"), self.data, start + entry * count
            )[0]
        except (struct.error, OverflowError):  # the directory ends outside the file
            return tags, 0
        return tags, following

    def _entry(self, at: int, tags: Tags) -> None:
        wide = "Q" if self.is_bigtiff else "I"
        tag, kind, count = struct.unpack_from(f"{self.byte_order}HH{wide}", self.data, at)
        if kind not in _TYPE_SIZES or (kind not in _TEXT_TYPES and count > _MAX_VALUES):
            return
        room = struct.calcsize(wide)
        place = at + 4 + room
        if count * _TYPE_SIZES[kind] > room:
            place = struct.unpack_from(self.byte_order + wide, self.data, place)[0]
        value = self._value(kind, count, place)
        if value is not None:
            tags[tag] = value

    def _value(self, kind: int, count: int, place: int) -> Value | None:
        if place + count * _TYPE_SIZES[kind] > len(self.data):
            return None
        if kind in _TEXT_TYPES:
            return bytes(self.data[place : place + min(count, _MAX_TEXT_BYTES)])
        if kind in _RATIONAL_CODES:
            parts = struct.unpack_from(f"{self.byte_order}{2 * count}{_RATIONAL_CODES[kind]}", self.data, place)
            return tuple(n / d if d else 0.0 for n, d in zip(parts[::2], parts[1::2], strict=True))
        return struct.unpack_from(f"{self.byte_order}{count}{_STRUCT_CODES[kind]}", self.data, place)
