"""Whether there is a screen to draw on; asked before Qt is loaded, which would abort the process."""

from __future__ import annotations

import os
import sys


def has_screen() -> bool:
    return sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
