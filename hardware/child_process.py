"""Set-up and monitoring of a station's child processes."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def die_with_parent(parent: int | None = None) -> None:
    """End this process when its parent ends, for whatever reason, and leave Ctrl-C to the parent.

    A killed kiosk must not leave a process behind that still holds the camera. `parent` is the expected parent process
    id, in case the parent ends while this process is still starting.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not sys.platform.startswith("linux"):
        return
    expected = parent or os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != expected:  # the parent ended before prctl took effect
        os._exit(1)


def cpu_wait_seconds(pid: int) -> float:
    """Return how many seconds the main thread of a process has waited for a processor while ready to run; 0 if the
    system does not provide it. A process without a heartbeat for that long does not necessarily hang."""
    try:
        fields = Path(f"/proc/{pid}/schedstat").read_text().split()  # docs.kernel.org/scheduler/sched-stats.html
        return int(fields[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
