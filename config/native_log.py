"""Suppress the start-up messages of MediaPipe's native code on file descriptor 2, which no logging setting affects."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Final

_LOCK: Final = threading.Lock()


@contextlib.contextmanager
def suppress_stderr() -> Iterator[None]:
    """Send the process's stderr to /dev/null while a network is built and used for the first time.

    One thread at a time: two overlapping ones would save and restore each other's descriptor.
    """
    with _LOCK:
        sys.stderr.flush()
        saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(null)
