"""OpenCV, imported so that PyQt5 keeps working: import cv2 from here and nowhere else.

OpenCV's own wheel sets two of Qt's environment variables to its private Qt plugins when it is imported; a QApplication
made afterwards then aborts the process on xcb (it does not on offscreen, so a test without a display cannot see it).
"""

from __future__ import annotations

import os

_QT = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_before = {name: os.environ.get(name) for name in _QT}

import cv2  # noqa: E402

for _name, _value in _before.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value

__all__ = ["cv2"]
