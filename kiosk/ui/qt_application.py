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
_window_owners: Final[list[object]] = []
Owner = TypeVar("Owner")


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


def keep_until_exit(owner: Owner) -> Owner:
    """Keep the `owner` of a window, and so the window, until the process ends (config.process_end); return the owner.

    The garbage collector destroys an unused window part by part, in no fixed order and in any thread. On a busy machine
    this ended a demo with SIGSEGV after it had stored everything.
    """
    _window_owners.append(owner)
    return owner


def _leave_windows_at_exit() -> None:
    """Unregister PyQt's exit function, which destroys every window and then the application.

    The function uses the addresses that PyQt stores. PyQt does not remove the address of an object that Qt itself
    created and destroyed (the viewport of a scroll area), so that a busy process sometimes ended with SIGSEGV.
    """
    for function in gc.get_objects():
        if isinstance(function, BuiltinFunctionType) and function.__name__ == "_qtcore_cleanup":
            atexit.unregister(function)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("uncaught", exc_info=(kind, error, trace))
