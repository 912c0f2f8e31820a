"""One kiosk to one folder: two would send, tidy and photograph over each other."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from typing import IO, TextIO

from config.errors import Problem


def acquire_lock(path: Path) -> IO[bytes]:
    """Locks `path` for as long as the returned file stays open; the kernel lets go when the process ends, however.

    Raises Problem where another kiosk holds it.
    """
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise Problem("station.already_running", folder=str(path.parent)) from error
    return file


def has_screen() -> bool:
    return sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def log_stream() -> TextIO:
    """This process's stderr as a stream of its own: config.native_log turns stderr itself away for the seconds in
    which the nets are built, and no line of the log may be lost in them."""
    return open(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
