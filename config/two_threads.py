"""Run two pieces of work at the same time. OpenCV, NumPy, Numba, Pillow, MediaPipe and hashlib release the GIL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final, TypeVar

Here = TypeVar("Here")
There = TypeVar("There")

_MAX_THREADS: Final = 8
_threads = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="second")
"""Started when first used, and kept: to start and join a thread takes 0.1 ms, and a portrait needs one 40 times."""


def run_both(here: Callable[[], Here], there: Callable[[], There]) -> tuple[Here, There]:
    """Return the results of `here`, run in this thread, and of `there`, run in another. Neither runs afterwards, also
    where one raises; if both raise, the exception of `here` is the one that is raised.

    If no thread is free, `there` runs after `here`: calls may be nested, and a forked process has no threads.
    """
    future = _threads.submit(there)
    try:
        result = here()
    finally:
        if not future.cancel():
            wait((future,))
    return result, there() if future.cancelled() else future.result()


def run_halves(rows: int, work: Callable[[slice], None]) -> None:
    """Call `work` with the upper half of `rows` rows in this thread, and with the lower half in another. Thinner strips
    would stay in the processor's cache, but at a portrait's size the threads would wait for the GIL more often."""
    run_both(lambda: work(slice(0, rows // 2)), lambda: work(slice(rows // 2, rows)))
