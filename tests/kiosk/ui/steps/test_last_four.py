"""The keypad: the characters that it submits, its display, and that no character stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from config.i18n import Message
from kiosk.tools.gallery.sample_data import SITTER
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import NOW, TIMEOUTS, show_step, visit_at


def press(window: KioskWindow, qtbot: QtBot, *names: str) -> None:
    for name in names:
        qtbot.mouseClick(window.findChild(QPushButton, f"last_four_{name}"), Qt.LeftButton)


def test_four_characters_are_submitted_and_cleared(window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot) -> None:
    show_step(window, Step.LAST_FOUR, ui_settings)
    received: list[str] = []
    window.last_four.submitted.connect(received.append)
    press(window, qtbot, "1", "2", "3", "enter")
    assert received == [], "three are not enough"
    press(window, qtbot, "erase_0", "3", "X", "9", "enter")
    assert received == ["123X"]
    press(window, qtbot, "enter")
    assert received == ["123X"]


def test_letters_of_a_passport_can_be_typed(window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot) -> None:
    show_step(window, Step.LAST_FOUR, ui_settings)
    received: list[str] = []
    window.last_four.submitted.connect(received.append)
    press(window, qtbot, "4", "letters", "K", "x", "letters", "7", "enter")
    assert received == ["4KX7"]


def test_no_character_is_ever_drawn_and_no_digit_of_the_number_shown(
    window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot
) -> None:
    show_step(window, Step.LAST_FOUR, ui_settings)
    press(window, qtbot, "1", "2", "3")
    text = "".join(label.text() for label in window.last_four.findChildren(QLabel))
    assert SITTER.name in text
    assert not any(character.isdigit() for character in text)
    show_step(window, Step.IDLE, ui_settings)
    show_step(window, Step.LAST_FOUR, ui_settings)
    assert window.last_four.dots.count == 0


def test_a_student_number_is_typed_and_submitted(window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot) -> None:
    show_step(window, Step.STUDENT_NO, ui_settings)
    received: list[str] = []
    window.student_no.submitted.connect(received.append)
    for name in ("2", "0", "letters", "S", "letters", "1", "enter"):
        qtbot.mouseClick(window.findChild(QPushButton, f"student_no_{name}"), Qt.LeftButton)
    assert received == ["20S1"]
    show_step(window, Step.IDLE, ui_settings)
    assert "20S1" not in "".join(label.text() for label in window.findChildren(QLabel))


def test_a_locked_sitter_sees_no_keys_but_the_button_for_staff(
    window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot
) -> None:
    locked = visit_at(Step.LAST_FOUR, ui_settings, locked=True, notice=Message("last_four.locked"))
    window.show_visit(locked, NOW, TIMEOUTS)
    assert window.last_four.staff.isVisible()
    assert not window.last_four.keypad.enter.isVisible()
    qtbot.mouseClick(window.last_four.staff, Qt.LeftButton)
    assert window.operator.pin_pad.isVisible()
    window.show_visit(locked, NOW, TIMEOUTS)
    assert window.operator.pin_pad.isVisible(), "the pad stays open while the operator types"


def test_consent_shows_the_end_of_the_number_only_after_a_card(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.CONSENT, ui_settings)
    assert SITTER.last_four in window.consent.name.text()
    show_step(window, Step.CONSENT, ui_settings, sitter=replace(SITTER, last_four="", identified_by="code"))
    assert SITTER.last_four not in window.consent.name.text()
    assert "尾号" not in window.consent.name.text()


def test_the_letters_of_the_keys_follow_the_size_of_the_window(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.LAST_FOUR, ui_settings)
    erase = window.last_four.findChild(QPushButton, "last_four_erase_0")
    erase.ensurePolished()
    before = erase.font().pixelSize()
    window.resize(1920, 1080)
    QApplication.sendPostedEvents()
    erase.ensurePolished()
    assert erase.font().pixelSize() == pytest.approx(1.5 * before, abs=1)


@pytest.mark.parametrize("size", [(1280, 800), (1080, 1920), (1920, 1080), (1280, 720)])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_key_is_large_enough_for_a_thumb(
    window: KioskWindow, ui_settings: UiSettings, size: tuple[int, int], language: str
) -> None:
    window.resize(*size)
    window.set_language(language)
    show_step(window, Step.LAST_FOUR, ui_settings, notice=Message("last_four.wrong", {"left": 3}))
    QApplication.sendPostedEvents()
    for pad in range(2):
        window.last_four.keypad.pads.setCurrentIndex(pad)
        for key in window.last_four.findChildren(QPushButton):
            if key.isVisible():
                assert key.height() >= 88, key.objectName()
                assert key.width() >= 56, key.objectName()
