"""A scanner that types, at the real kiosk: from its keys to the confirmation and the keypad."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication, QEvent, Qt
from PyQt5.QtGui import QKeyEvent, QWindow

from config.local_codes import local_code
from kiosk.station.paths import StationPaths
from kiosk.visit.step import Step
from tests.e2e.test_missing_devices import kiosk, touch, until
from tests.kiosk.identification.conftest import KEY
from tests.kiosk.identification.test_visit_by_code import places

__all__ = ["places"]
pytestmark = pytest.mark.usefixtures("qapp")


def type_code(window: QWindow, text: str, at: int) -> None:
    """Send the keys of a scanner: one every 5 ms, the first at `at` milliseconds."""
    for n, character in enumerate((*text, "\r")):
        key = Qt.Key_Return if character == "\r" else ord(character.upper())
        event = QKeyEvent(QEvent.KeyPress, key, Qt.NoModifier, character)
        event.setTimestamp(at + n * 5)
        QCoreApplication.sendEvent(window, event)


@pytest.mark.process
def test_from_keys_to_the_keypad(places: StationPaths, tmp_path: Path) -> None:
    with kiosk(places.folder, f"folder:{tmp_path / 'no such folder'}") as app:
        until(app, lambda: app.window.windowHandle() is not None)
        type_code(app.window.windowHandle(), "nobody knows this", 1_000)
        until(app, lambda: app.controller.state.notice is not None)
        assert app.controller.state.notice is not None
        assert app.controller.state.notice.key == "code.unknown"

        type_code(app.window.windowHandle(), local_code(KEY, "zgdemo", "2022S001"), 3_000)
        until(app, lambda: app.controller.state.asks_confirmation)
        assert app.window.identify.name.text() == "王*明"
        touch(app, "identify_no")
        assert app.window.identify.name.text() == ""

        type_code(app.window.windowHandle(), "2022S001", 5_000)
        until(app, lambda: app.controller.state.asks_confirmation)
        touch(app, "identify_yes")
        assert (app.controller.state.step, app.window.screen_name) == (Step.LAST_FOUR, "last_four")
