"""Pass every key of the window to the keyboard-wedge scanner before any widget receives it."""

from __future__ import annotations

import time
from typing import Final

from PyQt5.QtCore import QEvent, QObject, Qt, QTimer
from PyQt5.QtGui import QKeyEvent, QWindow

from hardware.barcodes.keyboard_wedge import Key, WedgeScanner

_END_KEYS: Final = (Qt.Key_Return, Qt.Key_Enter, Qt.Key_Tab)
_MODIFIER_KEYS: Final = (
    *(Qt.Key_Shift, Qt.Key_Control, Qt.Key_Alt, Qt.Key_AltGr, Qt.Key_Meta, Qt.Key_CapsLock, Qt.Key_NumLock),
    *(Qt.Key_Super_L, Qt.Key_Super_R, Qt.Key_ScrollLock),
)
SILENCE_TIMEOUT_MS: Final = 1_000
"""The time without a key after which a scanner that sends no Enter is reported."""


class WedgeFilter(QObject):
    """An application event filter. It handles only the events of QWindow: there every key arrives once, regardless of
    the focus, while a widget passes a key that it does not use to its parent, where it would count again (measured)."""

    def __init__(self, scanner: WedgeScanner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scanner = scanner
        self._silence_timer = QTimer(self)
        self._silence_timer.setSingleShot(True)
        self._silence_timer.setInterval(SILENCE_TIMEOUT_MS)
        self._silence_timer.timeout.connect(scanner.on_silence)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.KeyPress or not isinstance(watched, QWindow) or not isinstance(event, QKeyEvent):
            return False
        key = _scanner_key(event)
        if key is None:
            return False
        self._silence_timer.start()
        # The time of the key press, not the time at which a busy event loop handles it.
        at = event.timestamp() / 1000 if event.timestamp() else time.monotonic()
        return self._scanner.press(key, at)


def _scanner_key(event: QKeyEvent) -> str | Key | None:
    """Return the character or Key, or None for a modifier alone. A scanner that is set to another keyboard layout sends
    dead keys, Alt codes and control characters instead of some characters of the code: those characters are lost."""
    commands = Qt.ControlModifier | Qt.AltModifier | Qt.MetaModifier
    if event.key() in _MODIFIER_KEYS:
        return None
    if event.isAutoRepeat() or event.modifiers() & commands:  # type: ignore[operator]
        return Key.LOST
    if event.key() in _END_KEYS:
        return Key.END
    return event.text() if event.text() and event.text().isprintable() else Key.LOST
