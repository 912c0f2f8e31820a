"""The memory that native libraries allocate."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_M_ARENA_MAX: Final = -8  # malloc.h of glibc


def share_one_arena() -> None:
    """Let all threads of this process allocate from one arena, where the C library is glibc; call it before the threads
    start.

    glibc gives each thread an arena of its own (mallopt(3), M_ARENA_MAX), which keeps what the thread has freed: 60 MB
    in a process that processes pictures in two threads.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
