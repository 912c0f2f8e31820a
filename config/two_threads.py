"""Run two pieces of work at the same time. OpenCV, NumPy, Numba, Pillow, MediaPipe and hashlib release the GIL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Here = TypeVar("Here")
There = TypeVar("There")


def run_both(here: Callable[[], Here], there: Callable[[], There]) -> tuple[Here, There]:
    """Return the results of `here`, run in this thread, and of `there`, run in another. Both have ended afterwards,
    also where one raises; if both raise, the exception of `here` is the one that is raised."""
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(there)
        return here(), future.result()


def run_halves(rows: int, work: Callable[[slice], None]) -> None:
    """Call `work` with the upper half of `rows` rows in this thread, and with the lower half in another. Thinner strips
    would stay in the processor's cache, but at a portrait's size the threads would wait for the GIL more often."""
    run_both(lambda: work(slice(0, rows // 2)), lambda: work(slice(rows // 2, rows)))
