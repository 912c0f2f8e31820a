"""OpenCV, imported so that PyQt5 keeps working: import cv2 from here and nowhere else.

OpenCV's own wheel points two of Qt's environment variables at its private Qt plugins when it is imported; a
QApplication made afterwards then aborts the process on xcb (it does not on offscreen, so a test without a display
cannot see it). What stood there before is put back. Where someone else (mediapipe) has imported cv2 first, what stood
before is not known any more; then whatever points into cv2's own folder is taken away.
"""

from __future__ import annotations

import os
from pathlib import Path

_QT = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_before = {name: os.environ.get(name) for name in _QT}

import cv2  # noqa: E402


def _restore(before: dict[str, str | None], own: Path) -> None:
    for name, value in before.items():
        if value is None or Path(value).resolve().is_relative_to(own):
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


_restore(_before, Path(cv2.__file__).resolve().parent)

__all__ = ["cv2"]
