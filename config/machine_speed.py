"""How slow this machine is, to scale timeouts.

A timeout in seconds is chosen on one idle machine and is wrong on others. `scale_timeout` lengthens it on a slower
processor (one small fixed computation, measured once), and while more programs need the processor than there are cores
(the load average, read each time).
"""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Final

REFERENCE_S: Final = 0.002
"""Seconds of processor time of `_benchmark` on the machine on which the timeouts of this project were chosen."""
MIN_FACTOR: Final = 3.0
"""Smallest factor: a load average describes the last minute, not the next."""
MAX_FACTOR: Final = 60.0
"""Largest factor, so that a real hang is detected."""


def scale_timeout(seconds: float) -> float:
    """Return how long something that takes at most `seconds` on an idle machine may take on this one now."""
    return seconds * min(MAX_FACTOR, max(MIN_FACTOR, slowness() * (1 + _load_per_core())))


@cache
def slowness() -> float:
    """Return how much slower than the reference this processor is, regardless of its load; at least 1."""
    began = time.process_time()
    _benchmark()
    return max(1.0, (time.process_time() - began) / REFERENCE_S)


def _benchmark() -> int:
    return sum(number * number % 7 for number in range(50_000))


def _load_per_core() -> float:
    return os.getloadavg()[0] / cores()


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
