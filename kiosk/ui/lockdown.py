"""Prevent people from leaving the kiosk: no closing, switching or minimizing, as far as Qt can.

The X server and systemd block the rest (Ctrl+Alt+F1, SIGKILL): DontVTSwitch, DontZap, Restart=always.
"""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QEvent, QObject, Qt
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QWidget

_SYSTEM_KEYS: Final = (
    *(Qt.Key_Meta, Qt.Key_Super_L, Qt.Key_Super_R, Qt.Key_Hyper_L, Qt.Key_Hyper_R, Qt.Key_Menu),
    *(Qt.Key_Alt, Qt.Key_AltGr, Qt.Key_Control, Qt.Key_Escape, Qt.Key_F4, Qt.Key_F11, Qt.Key_Print),
)


class Lockdown(QObject):
    """An application event filter that blocks the keys which leave a program. Plain characters pass, because code
    scanners type them."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.blocked_keys = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.KeyPress, QEvent.ShortcutOverride) or not isinstance(event, QKeyEvent):
            return False
        if not is_system_key(event):
            return False
        self.blocked_keys += event.type() == QEvent.KeyPress
        event.accept()
        return True


def is_system_key(event: QKeyEvent) -> bool:
    """Return whether a key could close, switch or reveal something: system keys, and any with Ctrl, Alt or Meta."""
    modifiers = event.modifiers() & (Qt.ControlModifier | Qt.AltModifier | Qt.MetaModifier)  # type: ignore[operator]
    return event.key() in _SYSTEM_KEYS or bool(modifiers)
