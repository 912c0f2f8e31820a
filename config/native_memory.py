"""The memory that native libraries allocate."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc
_MAX_ARRAY_BYTES: Final = 32 << 20  # glibc accepts no larger threshold
_MAX_KEPT_BYTES: Final = 128 << 20  # more than what a portrait allocates at one time and frees


def share_one_arena() -> None:
    """Let all threads of this process allocate from one arena, where the C library is glibc; call it before the threads
    start.

    glibc gives each thread a separate arena (mallopt(3), M_ARENA_MAX), which keeps what the thread has freed: 60 MB
    in a process that processes pictures in two threads.
    """
    _set_option(_M_ARENA_MAX, 1)


def keep_freed_memory() -> None:
    """Let this process keep what it frees for its next arrays, up to _MAX_KEPT_BYTES, where the C library is glibc.

    Otherwise glibc returns the memory of pictures to the system after each step of their processing, and the system
    clears every page again for the next step: 12,000 page faults for a portrait, a tenth of its time.
    """
    _set_option(_M_MMAP_THRESHOLD, _MAX_ARRAY_BYTES)
    _set_option(_M_TRIM_THRESHOLD, _MAX_KEPT_BYTES)


def _set_option(option: int, value: int) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(option, value)
