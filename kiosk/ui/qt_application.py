"""The QApplication of the kiosk."""

from __future__ import annotations

import atexit
import gc
import logging
import signal
import sys
from types import BuiltinFunctionType, TracebackType
from typing import Final, TypeVar

from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication

log = logging.getLogger(__name__)
_application: QApplication | None = None
"""Kept until the interpreter ends, because Qt crashes if a widget is destroyed after its application."""
_kept: Final[list[object]] = []
Kept = TypeVar("Kept")


def prepare_qt() -> QApplication:
    """Create the QApplication with three guards that Qt needs under Python: an exception in a slot does not abort the
    process, Ctrl-C and SIGTERM close the kiosk properly, and the end of the process destroys no window."""
    global _application
    _leave_windows_at_exit()
    sys.excepthook = _log_uncaught
    application = _application = QApplication(sys.argv[:1])
    for number in (signal.SIGINT, signal.SIGTERM):
        # Through the event loop: quit() has no effect on a loop that has not started yet.
        signal.signal(number, lambda *_: QTimer.singleShot(0, application.quit))
    return application


def keep_until_exit(owner: Kept) -> Kept:
    """Keep the `owner` of a window, and so the window, until the process ends (config.process_end); return the owner.

    A window that nobody needs any more is destroyed by the garbage collector: part by part in no fixed order, and in
    the thread in which the collector happens to run. On a busy machine a demo that had stored everything ended with
    SIGSEGV.
    """
    _kept.append(owner)
    return owner


def _leave_windows_at_exit() -> None:
    """Unregister PyQt's exit function, which destroys every window and then the application.

    It takes them by the addresses that PyQt knows, and PyQt does not notice when Qt itself has destroyed what it made
    (the viewport of a scroll area), so that a busy process sometimes ended with SIGSEGV.
    """
    for known in gc.get_objects():
        if isinstance(known, BuiltinFunctionType) and known.__name__ == "_qtcore_cleanup":
            atexit.unregister(known)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("uncaught", exc_info=(kind, error, trace))
