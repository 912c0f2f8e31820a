"""MediaPipe writes start-up chatter straight to file descriptor 2; no logging setting silences it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Final


@contextlib.contextmanager
def suppress_stderr_unlocked() -> Iterator[None]:
    """Sends file descriptor 2 to nowhere meanwhile. For MediaPipe constructors and their first picture only."""
    sys.stderr.flush()
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


_LOCK: Final = threading.Lock()


@contextlib.contextmanager
def suppress_stderr() -> Iterator[None]:
    """Sends the process's stderr to nowhere while the nets are built: only the file descriptor does it.

    One thread at a time: two that overlap would each save and restore the other's.
    """
    with _LOCK:
        sys.stderr.flush()
        saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(nowhere)
