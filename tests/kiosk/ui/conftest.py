from collections.abc import Iterator
from functools import partialmethod

import pytest
from PyQt5.QtCore import QEvent
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.tools.gallery.sample_data import gallery_settings
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.simulator_panel import SimulatorPanel
from kiosk.ui.window import KioskWindow
from tests.waiting import scale_timeout


@pytest.fixture(autouse=True)
def _stretched_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scale the default timeouts of `QtBot` for busy machines."""
    limit = round(1000 * scale_timeout(5))
    for name in ("waitSignal", "waitSignals", "waitUntil", "waitExposed", "waitActive"):
        monkeypatch.setattr(QtBot, name, partialmethod(getattr(QtBot, name), timeout=limit))


@pytest.fixture
def ui_settings() -> UiSettings:
    return gallery_settings("zh_CN")


@pytest.fixture
def window(qtbot: QtBot, ui_settings: UiSettings) -> Iterator[KioskWindow]:
    window = KioskWindow(ui_settings, size=(1280, 720))
    window.attach_simulator(SimulatorPanel(("王*明", "*雷"), ("empty", "right")))
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.leave_kiosk()
    window.deleteLater()
    QApplication.sendPostedEvents(window, QEvent.DeferredDelete)  # no event loop runs here to delete the window
