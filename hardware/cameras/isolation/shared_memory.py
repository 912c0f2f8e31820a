"""Memory shared by the camera process and the kiosk, without copies through a pipe: newest frame, heartbeat, shots.

The memory is an anonymous file (memfd) whose descriptor the camera process inherits. It has no name, so nothing can
leak: the kernel frees it when the last of the two processes is gone, however it ended.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import tempfile
import time
from enum import IntEnum
from typing import Final, Self

import numpy as np

from config.arrays import Pixels
from hardware.cameras.api import Frame

SLOTS: Final = 9
"""The newest frame, the one being written, and seven more: a quarter of a second at 30 frames per second, so that a
station that analyses slowly can measure movement."""
_HEADER_BYTES: Final = 4096  # one page: words first, slots after
_READ_ATTEMPTS: Final = 8

# Words of the header, 8 bytes each.
_HEARTBEATS, _PHASE, _NEWEST = 0, 1, 2
_FIRST_SLOT_WORD: Final = 8  # of slot 0; each slot has _WORDS_PER_SLOT words
_WORDS_PER_SLOT: Final = 4
_SEQUENCE, _NUMBER, _TAKEN_AT = 0, 1, 2


class Phase(IntEnum):
    """The phase of the camera process; it determines the longest time without a heartbeat."""

    OPENING = 0
    VIEWING = 1
    SHOOTING = 2


def anonymous_file(name: str) -> int:
    """Return the descriptor of an empty file without a name, to be shared by inheritance."""
    if hasattr(os, "memfd_create"):
        return move_above_stdio(os.memfd_create(name))
    with tempfile.TemporaryFile() as file:  # other systems than Linux: use an unlinked file
        return move_above_stdio(os.dup(file.fileno()))


def move_above_stdio(fd: int) -> int:
    """Return the same file under a descriptor above 2. A kiosk with closed standard input gets 0 for the next file that
    it opens, and a child that inherits it would use it as its own standard input."""
    if fd > 2:
        return fd
    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        os.close(fd)


class FrameBuffer:
    """A ring buffer of frames: the writer never blocks, the reader gets the newest complete frame or none.

    Each slot has its own sequence number (odd while it is written). The writer fills the slot after the newest; a
    reader copies the newest and checks that its sequence number is unchanged and even. The writer can overtake a reader
    only if it fills the whole ring during one copy; the reader detects that and copies again.

    Stores must become visible in order: x86-64 guarantees it; on other machines the lock that numpy takes again after
    copying a large array is the barrier.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._words = np.frombuffer(mmap.mmap(fd, _HEADER_BYTES), np.uint64)
        self._times = self._words.view(np.float64)
        self._slots: list[Pixels] = []

    @classmethod
    def create(cls) -> Self:
        """Create an empty buffer without slots: the size of frames is known when the camera is open."""
        fd = anonymous_file("camera-frames")
        os.ftruncate(fd, _HEADER_BYTES)
        return cls(fd)

    def resize(self, frame_size: tuple[int, int]) -> None:
        """Allocate slots for frames of (width, height). The writer calls it before the reader does."""
        width, height = frame_size
        size = width * height * 3
        stride = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        total = _HEADER_BYTES + SLOTS * stride
        if os.fstat(self.fd).st_size < total:
            os.ftruncate(self.fd, total)
        memory = np.frombuffer(mmap.mmap(self.fd, total), np.uint8)
        starts = [_HEADER_BYTES + slot * stride for slot in range(SLOTS)]
        self._slots = [memory[start : start + size].reshape(height, width, 3) for start in starts]

    def put(self, pixels: Pixels, number: int, taken_at: float) -> None:
        """Write one frame over the oldest. `number` must increase. Raises ValueError for a size that does not fit the
        slots."""
        slot = (int(self._words[_NEWEST]) + 1) % SLOTS
        if pixels.shape != self._slots[slot].shape or pixels.dtype != np.uint8:
            raise ValueError(f"A frame of {pixels.shape} {pixels.dtype} where {self._slots[slot].shape} was announced.")
        words = _FIRST_SLOT_WORD + slot * _WORDS_PER_SLOT
        self._words[words + _SEQUENCE] += np.uint64(1)
        np.copyto(self._slots[slot], pixels)
        self._words[words + _NUMBER] = number
        self._times[words + _TAKEN_AT] = taken_at
        self._words[words + _SEQUENCE] += np.uint64(1)
        self._words[_NEWEST] = slot

    def newest(self, after: int = 0) -> Frame | None:
        """Return a copy of the newest complete frame; None if none is newer than `after`. Never waits for the
        writer."""
        if not self._slots:
            return None
        for _ in range(_READ_ATTEMPTS):
            slot = int(self._words[_NEWEST])
            if (
                self._number(slot) <= after
                and self._words[_FIRST_SLOT_WORD + slot * _WORDS_PER_SLOT + _SEQUENCE] % 2 == 0
            ):
                return None
            frame = self._frame(slot)
            if frame is not None:
                return frame
        return None

    def frame_before(self, taken_at: float, min_age: float, max_age: float) -> Frame | None:
        """Return a copy of the oldest available frame that was taken between `min_age` and `max_age` seconds before
        `taken_at`; with a slow camera, the newest that is older. None if there is none."""
        if not self._slots:
            return None
        ages = {slot: taken_at - self._taken_at(slot) for slot in range(SLOTS) if self._number(slot)}
        near = sorted((slot for slot in ages if min_age <= ages[slot] <= max_age), key=lambda slot: -ages[slot])
        far = sorted((slot for slot in ages if ages[slot] > max_age), key=lambda slot: ages[slot])
        frames = (self._frame(slot) for slot in (*near, *far[:1]))
        # A slot that the writer has overtaken now has a newer frame, or an incomplete one.
        return next((frame for frame in frames if frame is not None and frame.taken_at <= taken_at - min_age), None)

    def _frame(self, slot: int) -> Frame | None:
        """Return a copy of the frame in that slot; None if it was being written."""
        words = _FIRST_SLOT_WORD + slot * _WORDS_PER_SLOT
        sequence = int(self._words[words + _SEQUENCE])
        if sequence % 2:
            return None
        frame = Frame(self._slots[slot].copy(), self._number(slot), self._taken_at(slot))
        return frame if int(self._words[words + _SEQUENCE]) == sequence else None

    def _number(self, slot: int) -> int:
        return int(self._words[_FIRST_SLOT_WORD + slot * _WORDS_PER_SLOT + _NUMBER])

    def _taken_at(self, slot: int) -> float:
        return float(self._times[_FIRST_SLOT_WORD + slot * _WORDS_PER_SLOT + _TAKEN_AT])

    @property
    def last_number(self) -> int:
        """Return the number of the newest frame, 0 before the first."""
        return int(self._words[_FIRST_SLOT_WORD + int(self._words[_NEWEST]) * _WORDS_PER_SLOT + _NUMBER])

    def record_heartbeat(self, phase: Phase) -> None:
        """Record a heartbeat. Call it from the thread that drives the camera, so that it is meaningful."""
        self._words[_PHASE] = phase
        self._words[_HEARTBEATS] += np.uint64(1)

    @property
    def heartbeat(self) -> tuple[int, Phase]:
        """Return the number of heartbeats, and the phase at the last one."""
        return int(self._words[_HEARTBEATS]), Phase(int(self._words[_PHASE]))

    def close(self) -> None:
        """Close the descriptor. Mapped frames stay readable until the buffer itself is dropped."""
        os.close(self.fd)


class ShotBuffer:
    """Memory for the bytes of shots. With a pipe, a process that is stopped in the middle of ten megabytes would block
    the reader.

    Shots that arrive faster than they are read are stored one after the other, so that none overwrites another and the
    camera never waits; the buffer is reset when all of them have been read.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._read_count = np.frombuffer(
            mmap.mmap(fd, _HEADER_BYTES), np.uint64
        )  # its first word counts the shots that were read
        self._written_count = 0
        self._end = 0

    @classmethod
    def create(cls) -> Self:
        fd = anonymous_file("camera-shots")
        os.ftruncate(fd, _HEADER_BYTES)
        return cls(fd)

    def put(self, data: bytes) -> int:
        """Store one shot; return its offset."""
        if int(self._read_count[0]) == self._written_count:
            os.ftruncate(self.fd, _HEADER_BYTES)
            self._end = 0
        offset, written = self._end, 0
        while written < len(data):
            written += os.pwrite(self.fd, memoryview(data)[written:], _HEADER_BYTES + offset + written)
        self._written_count += 1
        self._end = offset + written
        return offset

    def get(self, size: int, offset: int = 0) -> bytes:
        """Return the stored bytes, once. Raises OSError if there are fewer than `size`."""
        data = os.pread(self.fd, size, _HEADER_BYTES + offset)
        if len(data) != size:
            raise OSError(f"The camera process stored {len(data)} bytes and reported {size}.")
        self._read_count[0] += np.uint64(1)
        return data

    def close(self) -> None:
        os.close(self.fd)


def now() -> float:
    """Return the time of Frame.taken_at's clock: monotonic, and the same in every process of the machine."""
    return time.monotonic()
