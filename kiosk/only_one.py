"""One kiosk to one folder: two would send, tidy and photograph over each other."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from config.problem import Problem


def hold_alone(path: Path) -> IO[bytes]:
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
