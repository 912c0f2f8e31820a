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

from config.machine_speed import scale_timeout

__all__ = ["eventually", "future_result", "next_item", "scale_timeout", "wait_for_event"]
T = TypeVar("T")


def eventually(
    condition: Callable[[], object], meanwhile: Callable[[], None] = lambda: None, timeout: float = 20.0
) -> None:
    """Calls `meanwhile` until `condition`; fails after `patience` seconds of a quiet machine, saying what was waited
    for."""
    pause = threading.Event()
    began = time.monotonic()
    while True:
        meanwhile()
        if condition():
            return
        if time.monotonic() - began > scale_timeout(timeout):
            raise AssertionError(f"did not happen within {scale_timeout(timeout):.0f} s: {condition}")
        pause.wait(0.002)


def future_result(future: Future[T], timeout: float = 20.0) -> T:
    """What the future ends in."""
    return future.result(scale_timeout(timeout))


def next_item(items: queue.Queue[T], timeout_s: float = 20.0) -> T:
    """The next thing in the queue."""
    return items.get(timeout=scale_timeout(timeout_s))


def wait_for_event(event: threading.Event, timeout_s: float = 20.0) -> bool:
    """Whether the event comes."""
    return event.wait(scale_timeout(timeout_s))
