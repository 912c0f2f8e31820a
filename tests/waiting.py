"""Waiting for something to become true, with a deadline, without guessing how long it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def eventually(
    happened: Callable[[], object], meanwhile: Callable[[], None] = lambda: None, patience: float = 20.0
) -> None:
    """Calls `meanwhile` until `happened`; fails after `patience` seconds, saying what was waited for."""
    pause = threading.Event()
    due = time.monotonic() + patience
    while True:
        meanwhile()
        if happened():
            return
        if time.monotonic() > due:
            raise AssertionError(f"did not happen within {patience:g} s: {happened}")
        pause.wait(0.002)
