from collections.abc import Iterator

import pytest
from PyQt5.QtCore import QCoreApplication, QEvent, Qt
from PyQt5.QtGui import QKeyEvent, QWindow
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from hardware.barcodes.api import Scan
from hardware.barcodes.keyboard_wedge import WedgeScanner, WedgeTiming
from kiosk.ui.wedge_filter import WedgeFilter


class Form(QWidget):
    """A window with widgets that react to the keys of a scanner: a text field and a button."""

    def __init__(self) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        self.line, self.button = QLineEdit(), QPushButton("ok")
        self.clicks = 0
        self.button.clicked.connect(self._count)
        box.addWidget(self.line)
        box.addWidget(self.button)

    def _count(self) -> None:
        self.clicks += 1


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    form = Form()
    qtbot.addWidget(form)
    form.show()
    qtbot.waitExposed(form)
    return form


@pytest.fixture
def scans(form: Form) -> Iterator[list[str]]:
    payloads: list[str] = []
    scanner = WedgeScanner(lambda scan: payloads.append(payload_of(scan)))
    scanner.start()
    application = QApplication.instance()
    assert application is not None
    keys = WedgeFilter(scanner, form)
    application.installEventFilter(keys)
    yield payloads
    application.removeEventFilter(keys)


def payload_of(scan: Scan) -> str:
    assert scan.source == "keyboard"
    return scan.payload


def press(window: QWindow, text: str, at: int, key: int = 0, **options: object) -> None:
    """Send a key event as the window system does, with the timestamp `at` in milliseconds."""
    modifiers = Qt.ShiftModifier if text.isupper() else Qt.NoModifier
    event = QKeyEvent(QEvent.KeyPress, key or Qt.Key_A, modifiers, text, *options.values())  # type: ignore[call-overload]
    event.setTimestamp(at)
    QCoreApplication.sendEvent(window, event)


def type_scan(window: QWindow, text: str, at: int = 1000, gap: int = 6) -> int:
    for n, character in enumerate(text):
        if character.isupper():
            press(window, "", at + n * gap, Qt.Key_Shift)
        press(window, character, at + n * gap, ord(character.upper()))
    end = at + len(text) * gap
    press(window, "\r", end, Qt.Key_Return)
    return end


def test_a_scan_is_reported_once_and_neither_its_enter_nor_its_space_presses_the_button(
    form: Form, scans: list[str]
) -> None:
    form.button.setFocus()
    type_scan(form.windowHandle(), "ZGTEST1:A b c:1")
    assert scans == ["ZGTEST1:A b c:1"]
    assert form.clicks == 0


def test_a_scan_is_received_without_any_focus(form: Form, scans: list[str]) -> None:
    form.line.clearFocus()
    type_scan(form.windowHandle(), "2022S0417")
    assert scans == ["2022S0417"]


def test_text_that_a_person_types_arrives_in_the_field(form: Form, scans: list[str]) -> None:
    form.line.setFocus()
    for n, character in enumerate("slowly typed"):
        press(form.windowHandle(), character, 1000 + n * 140)
    press(form.windowHandle(), "\r", 4000, Qt.Key_Return)
    assert form.line.text() == "slowly typed"
    assert scans == []


def test_a_key_that_is_held_down_is_no_scan(form: Form, scans: list[str]) -> None:
    for n in range(30):
        press(form.windowHandle(), "8", 1000 + n * 30, repeat=n > 0)
    press(form.windowHandle(), "\r", 1900, Qt.Key_Return)
    assert scans == []


def test_full_width_digits_are_digits(form: Form, scans: list[str]) -> None:
    window = form.windowHandle()
    for n, character in enumerate("２０２２Ｓ０４１７"):
        press(window, character, 1000 + n * 5)
    press(window, "\r", 1060, Qt.Key_Enter)
    assert scans == ["2022S0417"]


@pytest.mark.parametrize(
    ("key", "modifiers"),
    [
        (Qt.Key_Dead_Circumflex, Qt.NoModifier),
        (Qt.Key_1, Qt.AltModifier),
        (Qt.Key_BracketRight, Qt.ControlModifier),
        (Qt.Key_F8, Qt.NoModifier),
    ],
)
def test_a_code_with_a_missing_character_is_not_received(
    form: Form, scans: list[str], key: int, modifiers: Qt.KeyboardModifier
) -> None:
    for n, character in enumerate("2022S"):
        press(form.windowHandle(), character, 1000 + n * 5)
    lost = QKeyEvent(QEvent.KeyPress, key, modifiers, "")
    lost.setTimestamp(1025)
    QCoreApplication.sendEvent(form.windowHandle(), lost)
    for n, character in enumerate("0022001"):
        press(form.windowHandle(), character, 1030 + n * 5)
    press(form.windowHandle(), "\r", 1065, Qt.Key_Return)
    assert scans == []


def test_commands_are_not_received(form: Form, scans: list[str]) -> None:
    for _ in range(8):
        QTest.keyClick(form.windowHandle(), Qt.Key_J, Qt.ControlModifier)
    QTest.keyClick(form.windowHandle(), Qt.Key_Return)
    assert scans == []


def test_real_key_events_of_the_window_system_make_one_scan(form: Form) -> None:
    payloads: list[str] = []
    timing = WedgeTiming(max_gap_s=60.0)  # on a busy machine the keys may be as slow as those of a person
    scanner = WedgeScanner(lambda scan: payloads.append(payload_of(scan)), timing)
    scanner.start()
    application = QApplication.instance()
    assert application is not None
    keys = WedgeFilter(scanner, form)
    application.installEventFilter(keys)
    for character in "99010119900307217X":
        QTest.keyClick(form.windowHandle(), character)
    QTest.keyClick(form.windowHandle(), Qt.Key_Return)
    application.removeEventFilter(keys)
    assert payloads == ["99010119900307217X"]
