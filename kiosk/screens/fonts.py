"""Whether this computer has letters for Chinese; without them every sentence is a row of boxes."""

from __future__ import annotations

import os
import sys

from PyQt5.QtGui import QFontDatabase, QGuiApplication


def has_chinese_font() -> bool:
    """Asks Qt, which is started without a screen where it does not run yet."""
    started = None
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        started = QGuiApplication(sys.argv[:1])
    found = bool(QFontDatabase().families(QFontDatabase.SimplifiedChinese))
    del started
    return found
