"""The open descriptors of this process, to find those that are left behind (Linux)."""

from __future__ import annotations

import os
from contextlib import suppress


def open_descriptors() -> set[tuple[str, str]]:
    """Return every open descriptor with what it is open on."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the listing's own
            found.add((number, os.readlink(f"/proc/self/fd/{number}")))
    return found
