"""MediaPipe's C++ logs a dozen harmless lines that no logging setting silences."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Final

_ONE_AT_A_TIME: Final = threading.Lock()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Sends the process's stderr to nowhere while the nets are built: only the file descriptor does it.

    One thread at a time: two that overlap would each save and restore the other's.
    """
    with _ONE_AT_A_TIME:
        sys.stderr.flush()
        saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(nowhere)
