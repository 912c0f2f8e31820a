"""The QApplication of the kiosk."""

from __future__ import annotations

import logging
import signal
import sys
from types import TracebackType

from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication

log = logging.getLogger(__name__)
_application: QApplication | None = None
"""Kept until the interpreter ends, because Qt crashes if a widget is destroyed after its application."""


def prepare_qt() -> QApplication:
    """Create the QApplication with two guards that Qt needs under Python: an exception in a slot does not abort the
    process, and Ctrl-C and SIGTERM close the kiosk properly."""
    global _application
    sys.excepthook = _log_uncaught
    application = _application = QApplication(sys.argv[:1])
    for number in (signal.SIGINT, signal.SIGTERM):
        # Through the event loop: quit() has no effect on a loop that has not started yet.
        signal.signal(number, lambda *_: QTimer.singleShot(0, application.quit))
    return application


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("uncaught", exc_info=(kind, error, trace))
