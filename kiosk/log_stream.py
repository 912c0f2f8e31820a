"""Where the station's log goes."""

from __future__ import annotations

import os
from typing import TextIO


def log_stream() -> TextIO:
    """This process's stderr as a stream of its own: kiosk.guidance.quiet turns stderr itself away for the seconds in
    which the nets are built, and no line of the log may be lost in them."""
    return open(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
