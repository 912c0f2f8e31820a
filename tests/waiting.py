"""Wait until a condition becomes true, with a timeout that scales with the machine, without guessing a duration.

The timeout of every wait is the longest time that an idle machine needs. `scale_timeout` (config.machine_speed)
lengthens it on a slower or busier machine. Only a test that fails waits that long.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

from config.machine_speed import scale_timeout

__all__ = ["eventually", "future_result", "next_item", "scale_timeout", "wait_for_event"]
T = TypeVar("T")
_SHORTEST_PAUSE_S: Final = 0.002
_LONGEST_PAUSE_S: Final = 0.02
"""A pause is a twentieth of the time waited so far: polling a browser every 2 ms takes more processor time than the
work that is waited for. Where the test itself does the work meanwhile, such as Qt's events, the pauses stay short."""


def eventually(
    condition: Callable[[], object], meanwhile: Callable[[], None] | None = None, timeout: float = 20.0
) -> None:
    """Call `meanwhile` until `condition` is true; fail after `timeout` seconds of an idle machine, naming the
    condition."""
    pause = threading.Event()
    began = time.monotonic()
    while True:
        if meanwhile is not None:
            meanwhile()
        if condition():
            return
        waited = time.monotonic() - began
        if waited > scale_timeout(timeout):
            raise AssertionError(f"did not happen within {scale_timeout(timeout):.0f} s: {condition}")
        longest = _LONGEST_PAUSE_S if meanwhile is None else _SHORTEST_PAUSE_S
        pause.wait(min(max(_SHORTEST_PAUSE_S, waited / 20), longest))


def future_result(future: Future[T], timeout: float = 20.0) -> T:
    """Return the result of the future."""
    return future.result(scale_timeout(timeout))


def next_item(items: queue.Queue[T], timeout_s: float = 20.0) -> T:
    """Return the next item of the queue."""
    return items.get(timeout=scale_timeout(timeout_s))


def wait_for_event(event: threading.Event, timeout_s: float = 20.0) -> bool:
    """Return whether the event is set in time."""
    return event.wait(scale_timeout(timeout_s))
