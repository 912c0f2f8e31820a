"""How slow this machine is, for limits that only say when to give up.

A limit in seconds is chosen on one quiet machine and is wrong on every other. `stretched` gives what the same may take
here and now: longer on a slower processor (one small fixed computation, measured once), and longer while more programs
want the processor than there are cores (the load average, asked each time).
"""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Final

REFERENCE: Final = 0.002
"""Seconds of processor time of `_computation` on the machine on which the limits of this project were chosen."""
LEAST: Final = 3.0
"""Times a quiet machine's limit, at least: a load average tells of the last minute, not of the next."""
MOST: Final = 60.0
"""Times a quiet machine's limit, at most, so that what really hangs is found out."""


def stretched(seconds: float) -> float:
    """How long what takes a quiet machine at most `seconds` may take on this one now."""
    return seconds * min(MOST, max(LEAST, slowness() * (1 + _waiting_per_core())))


@cache
def slowness() -> float:
    """How many times longer than the reference this processor computes, whatever else it has to do; at least 1."""
    began = time.process_time()
    _computation()
    return max(1.0, (time.process_time() - began) / REFERENCE)


def _computation() -> int:
    return sum(number * number % 7 for number in range(50_000))


def _waiting_per_core() -> float:
    return os.getloadavg()[0] / cores()


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
