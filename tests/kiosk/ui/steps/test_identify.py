from dataclasses import replace

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from config.i18n import Message, translations
from kiosk.tools.gallery.sample_data import SITTER, gallery_settings
from kiosk.ui.ui_settings import CodeInput, UiSettings
from kiosk.ui.widgets.translated import Label
from kiosk.ui.window import KioskWindow
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import NOW, TIMEOUTS, frame, show_step

CONFIRMING_VISIT = VisitState(Step.IDENTIFY, NOW, SITTER)


def window_with(qtbot: QtBot, codes: CodeInput) -> KioskWindow:
    settings = replace(gallery_settings("zh_CN", simulated=False), code_input=codes)
    window = KioskWindow(settings, size=(1280, 720))
    qtbot.addWidget(window)
    window.show()
    window.show_visit(VisitState(Step.IDENTIFY, NOW), NOW, TIMEOUTS)
    return window


@pytest.mark.parametrize("codes", ["", "camera", "scanner"])
def test_only_available_ways_of_identification_are_offered(qtbot: QtBot, codes: CodeInput) -> None:
    window = window_with(qtbot, codes)
    assert ("采集码" in window.identify.title.text()) is bool(codes)
    assert (window.identify.code_view is not None) is (codes == "camera")
    window.show_frame(frame())
    assert window.identify.code_view is None or not window.identify.code_view.is_empty
    window.leave_kiosk()


def test_the_view_of_the_code_camera_is_mirrored(qtbot: QtBot) -> None:
    window = window_with(qtbot, "camera")
    view = window.identify.code_view
    assert view is not None
    window.show_frame(frame())  # its left half is red
    picture = view.grab().toImage()
    red = picture.pixelColor(int(picture.width() * 0.7), picture.height() // 2)
    blue = picture.pixelColor(int(picture.width() * 0.3), picture.height() // 2)
    assert red.red() > 200 > blue.red()
    window.leave_kiosk()


def test_the_name_is_confirmed_and_no_digit_is_shown(window: KioskWindow) -> None:
    window.show_visit(CONFIRMING_VISIT, NOW, TIMEOUTS)
    screen = window.identify
    assert screen.name.text() == SITTER.name
    assert SITTER.last_four not in "".join((screen.name.text(), screen.title.text(), screen.lead.text()))
    assert screen.title.text() == translations("zh_CN").translate("screen.identify.confirm.title")
    assert screen.yes.isVisible()
    assert screen.no.isVisible()


@pytest.mark.parametrize(("button", "signal"), [("identify_yes", "confirmed"), ("identify_no", "denied")])
def test_an_answer_is_signalled_once(window: KioskWindow, qtbot: QtBot, button: str, signal: str) -> None:
    window.show_visit(CONFIRMING_VISIT, NOW, TIMEOUTS)
    received: list[None] = []
    getattr(window.identify, signal).connect(lambda: received.append(None))
    qtbot.mouseClick(window.findChild(QPushButton, button), Qt.LeftButton)
    assert len(received) == 1


def test_after_denying_the_name_is_removed_and_a_message_shown(window: KioskWindow, ui_settings: UiSettings) -> None:
    window.show_visit(CONFIRMING_VISIT, NOW, TIMEOUTS)
    show_step(window, Step.IDENTIFY, ui_settings, notice=Message("code.other_student"))
    assert window.identify.name.text() == ""
    assert window.identify.yes.isHidden()
    assert "没关系" in window.identify.notice.label.text()


def test_no_data_remains_of_a_person_who_left_during_the_confirmation(
    window: KioskWindow, ui_settings: UiSettings
) -> None:
    show_step(window, Step.IDENTIFY, ui_settings)
    window.show_frame(frame())
    window.show_visit(CONFIRMING_VISIT, NOW, TIMEOUTS)
    show_step(window, Step.IDLE, ui_settings)
    assert window.identify.name.text() == ""
    assert window.identify.yes.isHidden()
    assert window.identify.code_view is not None
    assert window.identify.code_view.is_empty


def test_no_picture_of_the_holder_is_shown_during_the_confirmation(
    window: KioskWindow, ui_settings: UiSettings
) -> None:
    show_step(window, Step.IDENTIFY, ui_settings)
    window.show_frame(frame())
    window.show_visit(CONFIRMING_VISIT, NOW, TIMEOUTS)
    window.show_frame(frame())
    assert window.identify.code_view is not None
    assert window.identify.code_view.is_empty
    assert window.identify.code_view.isHidden()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("codes", ["", "keyboard", "camera", "scanner"])
@pytest.mark.parametrize("documents", [False, True])
def test_a_station_without_a_reader_needs_no_card(
    qtbot: QtBot, ui_settings: UiSettings, language: str, codes: CodeInput, documents: bool
) -> None:
    window = KioskWindow(
        replace(
            ui_settings,
            has_card_reader=False,
            code_input=codes,
            document_reading=documents,
            language=language,
            student_no_keypad=False,
        ),
        size=(1280, 800),
    )
    qtbot.addWidget(window)
    window.show()
    for step in (Step.IDLE, Step.IDENTIFY, Step.DONE):
        show_step(window, step, ui_settings)
        shown = [part.text() for part in window.findChildren((Label, QPushButton)) if part.isVisible()]
        words = (
            "读卡区",
            "刷身份证",
            "带走你的身份证",
            "on the reader",
            "your card",
            "your ID card",
            "identity card",
        )
        assert not any(word in text for text in shown for word in words), shown
    if not codes and not documents:
        show_step(window, Step.IDENTIFY, ui_settings)
        assert "工作人员" in window.identify.lead.text() or "Staff" in window.identify.lead.text()
    window.leave_kiosk()
