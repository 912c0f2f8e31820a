"""The processes that a process has started."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import psutil

CAMERA_WORKER: Final = "hardware.cameras.isolation.worker"


def command_line(process: psutil.Process) -> list[str]:
    """Return its words; none for a process that ended a moment ago."""
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def camera_processes() -> list[psutil.Process]:
    """Return the camera processes of this one."""
    return [child for child in psutil.Process().children() if CAMERA_WORKER in command_line(child)]


def signal_cameras(number: int) -> None:
    """Send a signal to the camera processes of this one; one that ends meanwhile does not matter."""
    for process in camera_processes():
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
