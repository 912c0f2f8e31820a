"""The child processes of this process."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import psutil

CAMERA_WORKER: Final = "hardware.cameras.isolation.worker"


def command_line(process: psutil.Process) -> list[str]:
    """Return the words of the command line; none for a process that has just ended."""
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def camera_processes() -> list[psutil.Process]:
    """Return the camera processes that this process has started."""
    return [child for child in psutil.Process().children() if CAMERA_WORKER in command_line(child)]


def signal_cameras(number: int) -> None:
    """Send a signal to the camera processes of this process; ignore one that ends meanwhile."""
    for process in camera_processes():
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
