"""The memory card of the simulated camera, and the memory for pictures that do not go on the card."""

from __future__ import annotations

import itertools
import struct
import threading
import time
from collections.abc import Callable
from typing import Final

from hardware.simulators.ptp_camera.codes import Format
from hardware.simulators.ptp_camera.datasets import StoredObject

STORAGE: Final = 0x00010001
ROOT: Final = 0xFFFFFFFF
"""The parent handle of files and folders at the root."""

MEMORY: Final = 0xFFFF0001
"""Handle of the first picture in the camera's memory (Nikon)."""

CAPACITY: Final = 64_000_000_000
_PER_PICTURE: Final = 12_000_000
_DCIM, _FOLDER, _FIRST_FILE = 1, 2, 1000


class Card:
    """The content of the card. `present` and `pictures_left` are set by the tester; any thread may call."""

    def __init__(self, pictures_left: int = 2000, now: Callable[[], float] = time.time) -> None:
        self.present = True
        self.pictures_left = pictures_left
        self._now = now
        self._lock = threading.Lock()
        self._handles = itertools.count(_FIRST_FILE)
        self._objects = {
            _DCIM: StoredObject(_DCIM, 0, "DCIM", Format.FOLDER, b"", self._stamp()),
            _FOLDER: StoredObject(_FOLDER, _DCIM, "100ZGSIM", Format.FOLDER, b"", self._stamp()),
        }

    @property
    def free(self) -> int:
        return min(CAPACITY, self.pictures_left * _PER_PICTURE)

    def store(self, name: str, data: bytes, kind: Format) -> int:
        """Write a picture on the card and return its handle."""
        with self._lock:
            handle = next(self._handles)
            self._objects[handle] = StoredObject(handle, _FOLDER, name, kind, data, self._stamp())
            return handle

    def store_in_memory(self, name: str, data: bytes, kind: Format) -> int:
        """Store a picture in memory until it is fetched and deleted; the card is not changed. Return its handle."""
        with self._lock:
            free = (number for number in itertools.count(MEMORY) if number not in self._objects)
            handle = next(free)
            self._objects[handle] = StoredObject(handle, 0, name, kind, data, self._stamp())
            return handle

    def get(self, handle: int) -> StoredObject | None:
        with self._lock:
            stored = self._objects.get(handle)
        return stored if stored is None or self.present or handle >= MEMORY else None

    def storage_of(self, stored: StoredObject) -> int:
        return 0 if stored.handle >= MEMORY else STORAGE

    def handles(self, parent: int = 0) -> list[int]:
        """Return the content of the folder `parent`; 0: everything on the card, ROOT: everything outside folders."""
        with self._lock:
            return [
                handle
                for handle, stored in self._objects.items()
                if handle < MEMORY and (parent == 0 or stored.parent == (0 if parent == ROOT else parent))
            ]

    def files(self) -> list[str]:
        with self._lock:
            return [stored.name for stored in self._objects.values() if stored.format != Format.FOLDER]

    def delete(self, handle: int) -> bool:
        with self._lock:
            stored = self._objects.get(handle)
            if stored is None or stored.format == Format.FOLDER:
                return False
            del self._objects[handle]
            return True

    def _stamp(self) -> str:
        return time.strftime("%Y%m%dT%H%M%S", time.localtime(self._now()))


def raw_file(picture: bytes, size: tuple[int, int]) -> bytes:
    """Return a TIFF with `picture`, a JPEG of (width, height), as its only strip: it simulates a RAW file.

    The station never reads a RAW file; it is stored as it is.
    """
    strip = 8 + 2 + 5 * 12 + 4
    entries = ((256, 4, size[0]), (257, 4, size[1]), (259, 3, 7), (273, 4, strip), (279, 4, len(picture)))
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return struct.pack("<2sHIH", b"II", 42, 8, len(entries)) + directory + bytes(4) + picture


def heif_file(picture: bytes) -> bytes:
    """Return bytes that begin like a camera's HEIF file (ISO 23008-12); they simulate one of HDR PQ."""
    brands = b"heix" + bytes(4) + b"mif1heix"
    head = struct.pack(">I4s", 8 + len(brands), b"ftyp") + brands
    return head + struct.pack(">I4s", 8 + len(picture), b"mdat") + picture
