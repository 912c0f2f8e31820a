import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from pytestqt.qtbot import QtBot

from kiosk.tools.gallery.sample_data import status_of
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from tests.kiosk.ui.operator.test_operator import unlock
from tests.paths import ROOT
from tests.waiting import scale_timeout


def test_the_window_does_not_close(window: KioskWindow) -> None:
    window.show_kiosk()
    assert not window.close()
    assert window.isVisible()


def test_only_the_operator_can_quit(window: KioskWindow, qtbot: QtBot) -> None:
    window.show_kiosk()
    unlock(window, qtbot)
    with qtbot.waitSignal(window.quit_requested):
        qtbot.mouseClick(window.operator.page.quit_button, Qt.LeftButton)
    assert not window.isVisible()


@pytest.mark.parametrize(
    ("key", "modifiers"),
    [
        (Qt.Key_F4, Qt.AltModifier),
        (Qt.Key_Tab, Qt.AltModifier),
        (Qt.Key_Q, Qt.ControlModifier),
        (Qt.Key_W, Qt.ControlModifier),
        (Qt.Key_Delete, Qt.ControlModifier | Qt.AltModifier),
        (Qt.Key_Meta, Qt.NoModifier),
        (Qt.Key_Escape, Qt.NoModifier),
    ],
)
def test_keys_that_leave_the_kiosk_are_blocked(
    window: KioskWindow, key: Qt.Key, modifiers: Qt.KeyboardModifiers
) -> None:
    window.show_kiosk()
    before = window.lockdown.blocked_keys
    QTest.keyClick(window.windowHandle(), key, modifiers)
    assert window.lockdown.blocked_keys > before
    assert window.isVisible()


def test_keys_of_a_code_reader_are_not_blocked(window: KioskWindow) -> None:
    window.show_kiosk()
    for key in (Qt.Key_A, Qt.Key_1, Qt.Key_Return, Qt.Key_Shift):
        QTest.keyClick(window.windowHandle(), key)
    assert window.lockdown.blocked_keys == 0


def test_enter_presses_no_button(window: KioskWindow) -> None:
    received: list[None] = []
    window.welcome.started.connect(lambda: received.append(None))
    window.show_kiosk()
    QTest.keyClick(window.windowHandle(), Qt.Key_Return)
    QTest.keyClick(window.windowHandle(), Qt.Key_Space)
    assert received == []


def test_the_simulator_drawer(window: KioskWindow, qtbot: QtBot) -> None:
    panel = window.simulator
    assert panel is not None
    assert not panel.drawer.isVisible()
    QTest.keyClick(window.windowHandle(), Qt.Key_F2)
    assert panel.drawer.isVisible()
    with qtbot.waitSignal(panel.card_placed) as placed:
        qtbot.mouseClick(panel._cards[1], Qt.LeftButton)
    with qtbot.waitSignal(panel.scene_chosen) as scene:
        qtbot.mouseClick(panel._scenes[0], Qt.LeftButton)
    with qtbot.waitSignals([panel.card_removed, panel.play_requested]):
        panel.remove_card_button.click()
        panel.play_button.click()
    assert (placed.args, scene.args) == ([1], ["empty"])


def test_a_real_station_has_neither_drawer_nor_ribbon(qtbot: QtBot, ui_settings: UiSettings) -> None:
    from dataclasses import replace

    from kiosk.ui.widgets.simulator_panel import SimulatorPanel

    real = KioskWindow(replace(ui_settings, simulated=False))
    qtbot.addWidget(real)
    with pytest.raises(ValueError, match="simulated"):
        real.attach_simulator(SimulatorPanel((), ()))
    assert real.simulation_banner.isHidden()
    real.show_status(status_of())  # a simulated camera is marked also at a station that is not simulated
    assert not real.simulation_banner.isHidden()


@pytest.fixture
def display() -> Iterator[str]:
    """A virtual X server of 1280x720 on a free display."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed; apt-get install xvfb")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as output:
        number = output.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(scale_timeout(10))


@pytest.mark.xcb
def test_the_kiosk_stays_open_on_a_real_x_server(display: str) -> None:
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    process = subprocess.run(
        [sys.executable, "-m", "tests.kiosk.ui.xcb_visit"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=scale_timeout(60),
        check=False,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    reported = json.loads(process.stdout.splitlines()[-1])
    assert reported["platform"] == "xcb"
    assert reported["size"] == [
        1280,
        720,
    ]  # without a window manager, where showFullScreen alone does not fill the screen
    assert reported["visible_after_close"]
    assert reported["screen"] == "pose"
    assert reported["colours"] > 50  # a picture was painted
    if reported["has_xdotool"]:
        assert reported["blocked_keys"] > 0
        assert reported["pin_pad"]
