"""Waiting for something to become true, with a limit that follows the machine, without guessing how long it takes.

Every wait of the tests says what a quiet machine needs at most. `stretched` makes that longer where this machine is
slower or has more to do (config.machine_speed). It only says when to give up: a test that passes waits no longer.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from config.machine_speed import stretched

__all__ = ["eventually", "result", "set_in_time", "stretched", "taken"]
T = TypeVar("T")


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


def result(future: Future[T], patience: float = 20.0) -> T:
    """What the future ends in."""
    return future.result(stretched(patience))


def taken(told: queue.Queue[T], patience: float = 20.0) -> T:
    """The next thing in the queue."""
    return told.get(timeout=stretched(patience))


def set_in_time(event: threading.Event, patience: float = 20.0) -> bool:
    """Whether the event comes."""
    return event.wait(stretched(patience))
