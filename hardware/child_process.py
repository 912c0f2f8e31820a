"""What every helper process of a station does at its start."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def die_with_parent(parent: int | None = None) -> None:
    """Ends this process when its parent ends, however that happens; and leaves Ctrl-C to the parent.

    A kiosk that was killed must not leave a process behind that still holds the camera. `parent` is the process id it
    should have, for one that may have ended while this process was still starting.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not sys.platform.startswith("linux"):
        return
    expected = parent or os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != expected:  # it ended before the kernel knew
        os._exit(1)


def cpu_wait_seconds(pid: int) -> float:
    """Seconds that the main thread of a process has so far been ready to run and had no processor; 0 where the system
    does not tell. Of a process that is silent so long it cannot be said that it hangs."""
    try:
        fields = Path(f"/proc/{pid}/schedstat").read_text().split()  # docs.kernel.org/scheduler/sched-stats.html
        return int(fields[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
