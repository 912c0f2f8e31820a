"""OpenCV, imported so that PyQt5 keeps working: import cv2 from here and nowhere else.

OpenCV's own wheel points two of Qt's environment variables at its private Qt plugins when it is imported; a
QApplication made afterwards then aborts the process on xcb (it does not on offscreen, so a test without a display
does not show it). The earlier values are restored. If something else (mediapipe) has imported cv2 first, they are
unknown; then every value that points into cv2's own folder is removed.
"""

from __future__ import annotations

import os
from pathlib import Path

_QT_VARIABLES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_saved_environment = {name: os.environ.get(name) for name in _QT_VARIABLES}

import cv2  # noqa: E402


def _restore(saved: dict[str, str | None], cv2_folder: Path) -> None:
    for name, value in saved.items():
        if value is None or Path(value).resolve().is_relative_to(cv2_folder):
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


_restore(_saved_environment, Path(cv2.__file__).resolve().parent)

__all__ = ["cv2"]
