"""Waiting for something to become true, with a limit that follows the machine, without guessing how long it takes.

A limit in seconds of a quiet machine is right nowhere else. So every wait of the tests says what a quiet machine needs
at most, and `patience` stretches that: by how slow this machine is (a fixed computation, measured once) and by how many
processes want its cores (the load average, asked at every wait). It only says when to give up: a test that passes waits
no longer for it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from typing import Final, TypeVar

T = TypeVar("T")
QUIET: Final = 0.002
"""Seconds of processor time of `_computation` on the machine that the limits of the tests were chosen on."""
LEAST: Final = 3.0
"""Times a quiet machine's limit, at least: a load average is a minute late."""


def eventually(
    happened: Callable[[], object], meanwhile: Callable[[], None] = lambda: None, patience: float = 20.0
) -> None:
    """Calls `meanwhile` until `happened`; fails after `patience` seconds of a quiet machine, saying what was waited
    for."""
    pause = threading.Event()
    began = time.monotonic()
    while True:
        meanwhile()
        if happened():
            return
        if time.monotonic() - began > stretched(patience):
            raise AssertionError(f"did not happen within {stretched(patience):.0f} s: {happened}")
        pause.wait(0.002)


def result(future: Future[T], patience: float = 60.0) -> T:
    """What the future ends in."""
    return future.result(stretched(patience))


def stretched(seconds: float) -> float:
    """As long as what takes a quiet machine `seconds` may take this one, with what else it has to do now."""
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return seconds * max(LEAST, _slowness() * (1 + waiting))


@cache
def _slowness() -> float:
    """How many times longer than QUIET this machine computes; at least 1."""
    began = time.process_time()
    _computation()
    return max(1.0, (time.process_time() - began) / QUIET)


def _computation() -> int:
    return sum(number * number % 7 for number in range(50_000))
