from collections.abc import Callable
from dataclasses import replace

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from kiosk.identification.attempts import AttemptCounters
from kiosk.tools.gallery.sample_data import status_of
from kiosk.ui.operator.operator_page import OperatorPage
from kiosk.ui.operator.pin import hash_pin, verify_pin
from kiosk.ui.operator.pin_pad import IDLE_MS, PIN_LIMIT, HiddenCorner, PinPad
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import show_step


class ManualClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def type_pin(pad: PinPad, pin: str, qtbot: QtBot) -> None:
    for digit in pin:
        qtbot.mouseClick(pad.keys[digit], Qt.LeftButton)
    qtbot.mouseClick(pad.enter, Qt.LeftButton)


def unlock(window: KioskWindow, qtbot: QtBot) -> None:
    for _ in range(5):
        qtbot.mouseClick(window.operator.corner, Qt.LeftButton)
    type_pin(window.operator.pin_pad, "2468", qtbot)


def test_a_pin_is_distinguished_from_another() -> None:
    stored = hash_pin("2468")
    assert verify_pin("2468", stored)
    assert not verify_pin("2469", stored)
    assert not verify_pin("", stored)
    assert "2468" not in stored
    assert hash_pin("2468") != stored  # salted


@pytest.mark.parametrize("stored", ["", "2468", "scrypt$1$2", "scrypt$x$8$1$00$00", "scrypt$16384$8$1$zz$zz"])
def test_a_damaged_hash_accepts_no_pin(stored: str) -> None:
    assert not verify_pin("2468", stored)


def test_five_quick_taps_and_the_pin_open_the_page(window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot) -> None:
    show_step(window, Step.IDLE, ui_settings)
    with qtbot.waitSignal(window.operator.unlocked):
        unlock(window, qtbot)
    assert window.operator.page.isVisible()
    assert not window.operator.pin_pad.isVisible()


def test_taps_that_arrive_as_double_clicks_count(window: KioskWindow, qtbot: QtBot) -> None:
    for _ in range(2):
        qtbot.mousePress(window.operator.corner, Qt.LeftButton)
        qtbot.mouseDClick(window.operator.corner, Qt.LeftButton)
    assert not window.operator.pin_pad.isVisible()
    qtbot.mousePress(window.operator.corner, Qt.LeftButton)
    assert window.operator.pin_pad.isVisible()


def test_slow_taps_do_not_count(qtbot: QtBot) -> None:
    clock = ManualClock()
    received: list[None] = []
    from PyQt5.QtWidgets import QWidget

    parent = QWidget()
    qtbot.addWidget(parent)
    corner = HiddenCorner(parent, clock)
    corner.tapped.connect(lambda: received.append(None))
    for _ in range(8):
        clock.now += 2.0
        qtbot.mousePress(corner, Qt.LeftButton)
    assert received == []


def test_the_corner_is_above_every_screen(window: KioskWindow, ui_settings: UiSettings) -> None:
    for step in Step:
        show_step(window, step, ui_settings)
        assert window.childAt(30, 60) is window.operator.corner


def test_a_wrong_pin_is_rejected_and_causes_a_pause(qtbot: QtBot) -> None:
    clock = ManualClock()
    pad = PinPad(hash_pin("2468"), AttemptCounters(None, clock))
    qtbot.addWidget(pad)
    pad.update_layout(Scale(1.0, False))
    received: list[None] = []
    pad.accepted.connect(lambda: received.append(None))
    for _ in range(PIN_LIMIT.tries):
        type_pin(pad, "1111", qtbot)
    type_pin(pad, "2468", qtbot)  # right, but too soon
    assert received == []
    clock.now += PIN_LIMIT.pause + 1
    type_pin(pad, "2468", qtbot)
    assert len(received) == 1


def test_typed_digits_are_never_shown(window: KioskWindow, qtbot: QtBot) -> None:
    from PyQt5.QtWidgets import QLabel

    window.operator.show_pin_pad()
    for digit in "24":
        qtbot.mouseClick(window.operator.pin_pad.keys[digit], Qt.LeftButton)
    assert window.operator.pin_pad.dots.count == 2
    assert not any("24" in label.text() for label in window.operator.pin_pad.findChildren(QLabel))


def test_the_page_closes_automatically_and_a_touch_restarts_the_timeout(window: KioskWindow, qtbot: QtBot) -> None:
    unlock(window, qtbot)
    page = window.operator.page
    restarted = page.idle_timer.remainingTime()
    page.idle_timer.start(40)
    qtbot.mouseClick(page.list_title, Qt.LeftButton)
    assert page.idle_timer.remainingTime() <= restarted
    qtbot.waitUntil(lambda: not page.isVisible())


def test_the_pin_pad_closes_automatically_and_a_key_restarts_the_timeout(window: KioskWindow, qtbot: QtBot) -> None:
    """It covers the screens: the next student could not start."""
    pad = window.operator.pin_pad
    window.operator.show_pin_pad()
    assert pad.idle_timer.isActive()
    assert pad.idle_timer.interval() == IDLE_MS
    pad.idle_timer.stop()
    qtbot.mouseClick(pad.keys["2"], Qt.LeftButton)
    assert pad.idle_timer.isActive()
    pad.idle_timer.timeout.emit()
    assert pad.isHidden()
    assert pad.dots.count == 0
    assert not pad.idle_timer.isActive()


def test_the_page_shows_the_state_of_the_station(window: KioskWindow, qtbot: QtBot) -> None:
    window.set_language("en")
    window.show_status(status_of())
    good = {name: fact.icon.kind for name, fact in window.operator.page.tiles.items()}
    window.show_status(status_of(with_errors=True))
    bad = {name: fact.icon.kind for name, fact in window.operator.page.tiles.items()}
    assert good == {**dict.fromkeys(good, "tick"), "queue": "cross"}
    assert bad["camera"] == "cross"
    assert bad["server"] == bad["roster"] == bad["disk"] == bad["light"] == "exclamation"
    unlock(window, qtbot)
    assert "2 waiting" in window.operator.page.tiles["queue"].value.text()
    assert window.welcome.notice.isVisibleTo(window.welcome)


def test_the_limits_of_disk_and_roster_are_settings_of_the_station(qtbot: QtBot, ui_settings: UiSettings) -> None:
    def icons(**limits: float) -> tuple[str, str]:
        page = OperatorPage(replace(ui_settings, **limits))  # type: ignore[arg-type]
        qtbot.addWidget(page)
        page.show_status(status_of())  # 212 GB free, drawn an hour ago
        return page.tiles["disk"].icon.kind, page.tiles["roster"].icon.kind

    assert icons() == ("tick", "tick")
    assert icons(disk_warning_bytes=300_000_000_000, roster_warning_hours=0.5) == ("exclamation", "exclamation")
    assert icons(disk_critical_bytes=300_000_000_000) == ("cross", "tick")


def test_a_refused_item_can_be_sent_again(window: KioskWindow, qtbot: QtBot) -> None:
    status = status_of()
    window.show_status(status)
    unlock(window, qtbot)
    button = window.findChild(QPushButton, f"resend_{status.queue_items[1].id}")
    with qtbot.waitSignal(window.operator.page.resend_requested) as received:
        qtbot.mouseClick(button, Qt.LeftButton)
    assert received.args == [status.queue_items[1].id]


@pytest.mark.parametrize("way", ["close_button", "idle"])
def test_after_closing_the_pin_is_required_again(window: KioskWindow, qtbot: QtBot, way: str) -> None:
    unlock(window, qtbot)
    page = window.operator.page
    leave: dict[str, Callable[[], None]] = {
        "close_button": page.close_button.click,
        "idle": page.idle_timer.timeout.emit,
    }
    leave[way]()
    assert not page.isVisible()
    for _ in range(5):
        qtbot.mouseClick(window.operator.corner, Qt.LeftButton)
    assert window.operator.pin_pad.isVisible()
    assert not page.isVisible()
