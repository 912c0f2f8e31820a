"""How slow this machine is, for limits that only say when to give up.

A limit in seconds is chosen on one quiet machine and is wrong on every other. `scale_timeout` gives what the same may
take here and now: longer on a slower processor (one small fixed computation, measured once), and longer while more
programs want the processor than there are cores (the load average, asked each time).
"""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Final

REFERENCE_S: Final = 0.002
"""Seconds of processor time of `_benchmark` on the machine on which the limits of this project were chosen."""
MIN_FACTOR: Final = 3.0
"""Times a quiet machine's limit, at least: a load average tells of the last minute, not of the next."""
MAX_FACTOR: Final = 60.0
"""Times a quiet machine's limit, at most, so that what really hangs is found out."""


def scale_timeout(seconds: float) -> float:
    """How long what takes a quiet machine at most `seconds` may take on this one now."""
    return seconds * min(MAX_FACTOR, max(MIN_FACTOR, slowness() * (1 + _load_per_core())))


@cache
def slowness() -> float:
    """How many times longer than the reference this processor computes, whatever else it has to do; at least 1."""
    began = time.process_time()
    _benchmark()
    return max(1.0, (time.process_time() - began) / REFERENCE_S)


def _benchmark() -> int:
    return sum(number * number % 7 for number in range(50_000))


def _load_per_core() -> float:
    return os.getloadavg()[0] / cores()


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
