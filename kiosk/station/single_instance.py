"""A lock that lets only one kiosk use a data folder: two would overwrite each other's uploads and photos."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from typing import IO, TextIO

from config.errors import Problem


def acquire_lock(path: Path) -> IO[bytes]:
    """Lock `path` while the returned file is open; the kernel releases the lock when the process ends.

    Raises Problem if another kiosk holds it.
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
    """Return a copy of stderr for the log. config.native_log redirects stderr for the seconds in which the networks are
    loaded, and the log must not lose a line."""
    return open(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
