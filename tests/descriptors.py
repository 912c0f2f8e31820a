"""The open descriptors of this process, to find those that are not closed (Linux)."""

from __future__ import annotations

import os
from contextlib import suppress


def open_descriptors() -> set[tuple[str, str]]:
    """Return the number and the target of every open descriptor."""
    descriptors = set()
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the descriptor of the listing itself
            descriptors.add((number, os.readlink(f"/proc/self/fd/{number}")))
    return descriptors
