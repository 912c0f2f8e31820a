"""The screen that reads a document, and the confirmation of the sitter after it."""

from dataclasses import replace

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from config.i18n import Message
from kiosk.tools.gallery.sample_data import SITTER, gallery_settings, status_of
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from kiosk.visit.sitter import DocumentSummary
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from tests.kiosk.ui.operator.test_operator import type_pin
from tests.kiosk.ui.sample_visits import NOW, TIMEOUTS, frame, show_step

DOCUMENT = DocumentSummary("id_card", "王*朋", "**************0121")


def sitter_by_document(for_staff: bool = False, other_name: bool = False) -> VisitState:
    document = replace(DOCUMENT, needs_staff=for_staff, name_differs=other_name)
    return VisitState(Step.IDENTIFY, NOW, replace(SITTER, identified_by="document", document=document))


def visible_texts(window: KioskWindow) -> str:
    return "\n".join(label.text() for label in window.identify.findChildren(QLabel) if label.isVisible())


@pytest.mark.parametrize("documents", [True, False])
def test_documents_are_offered_only_where_they_can_be_read(qtbot: QtBot, documents: bool) -> None:
    window = KioskWindow(replace(gallery_settings("zh_CN", simulated=False), document_reading=documents))
    qtbot.addWidget(window)
    window.show()
    window.show_visit(VisitState(Step.IDENTIFY, NOW), NOW, TIMEOUTS)
    assert window.identify.document.isVisible() is documents
    window.show_visit(sitter_by_document(), NOW, TIMEOUTS)
    assert not window.identify.document.isVisible(), "not during the confirmation"
    window.leave_kiosk()


def test_a_document_is_shown_as_it_can_be_read(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.DOCUMENT, ui_settings)
    window.show_frame(frame())  # its left half is red
    picture = window.document.view.grab().toImage()
    red = picture.pixelColor(int(picture.width() * 0.3), picture.height() // 2)
    blue = picture.pixelColor(int(picture.width() * 0.7), picture.height() // 2)
    assert red.red() > 200 > blue.red()


def test_the_progress_is_shown(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.DOCUMENT, ui_settings, notice=Message("document.confirming"))
    assert "再拿稳一下" in window.document.progress.label.text()
    show_step(window, Step.DOCUMENT, ui_settings, notice=Message("document.no_number"))
    assert "反光" in window.document.progress.label.text()


def test_no_picture_of_the_document_stays_on_any_screen(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.DOCUMENT, ui_settings)
    window.show_frame(frame())
    assert not window.document.view.is_empty
    window.show_visit(sitter_by_document(), NOW, TIMEOUTS)
    assert window.document.view.is_empty
    window.show_frame(frame())
    assert window.document.view.is_empty
    assert DOCUMENT.name in visible_texts(window)
    show_step(window, Step.IDLE, ui_settings)
    assert all(DOCUMENT.name not in label.text() for label in window.findChildren(QLabel))


def test_the_read_name_is_shown_next_to_the_roster_s_name(window: KioskWindow) -> None:
    window.show_visit(sitter_by_document(), NOW, TIMEOUTS)
    assert all(part in visible_texts(window) for part in (SITTER.name, DOCUMENT.name))
    assert window.identify.yes.isVisible()
    assert not window.identify.staff.isVisible()


def test_the_staff_s_pin_replaces_the_sitter_s_confirmation(window: KioskWindow, qtbot: QtBot) -> None:
    window.show_visit(sitter_by_document(for_staff=True, other_name=True), NOW, TIMEOUTS)
    assert not window.identify.yes.isVisible()
    assert "不一致" in visible_texts(window)
    qtbot.mouseClick(window.findChild(QPushButton, "identify_staff"), Qt.LeftButton)
    received: list[str] = []
    window.operator.identity_confirmed.connect(lambda: received.append("confirmed"))
    window.operator.unlocked.connect(lambda: received.append("unlocked"))
    type_pin(window.operator.pin_pad, "1111", qtbot)
    assert received == []
    type_pin(window.operator.pin_pad, "2468", qtbot)
    assert received == ["confirmed"]
    assert not window.operator.page.isVisible()
    assert not window.operator.pin_pad.isVisible()


def test_a_pin_typed_too_late_confirms_no_other_sitter(
    window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot
) -> None:
    window.show_visit(sitter_by_document(for_staff=True), NOW, TIMEOUTS)
    qtbot.mouseClick(window.findChild(QPushButton, "identify_staff"), Qt.LeftButton)
    assert window.operator.pin_pad.isVisible()
    show_step(window, Step.IDLE, ui_settings)  # the sitter has gone
    assert not window.operator.pin_pad.isVisible()
    window.operator.show_pin_pad()  # the PIN of the operator's page still works
    show_step(window, Step.IDENTIFY, ui_settings)
    assert window.operator.pin_pad.isVisible()
    type_pin(window.operator.pin_pad, "2468", qtbot)
    assert window.operator.page.isVisible()


def test_a_receipt_is_announced_only_with_a_working_printer(window: KioskWindow, ui_settings: UiSettings) -> None:
    for with_errors in (False, True):
        window.show_status(status_of(with_errors))
        show_step(window, Step.DONE, ui_settings)
        assert window.done.printing.isVisible() is not with_errors
        assert "打印机" in window.operator.page.tiles["printer"].title.text()


def test_the_operator_can_test_the_printer(window: KioskWindow, qtbot: QtBot) -> None:
    window.show_status(status_of())
    window.operator.page.devices.show()
    with qtbot.waitSignal(window.operator.page.devices.test_print_requested):
        window.operator.page.devices.test_print_button.click()
    window.show_status(replace(status_of(), printer_configured=False))
    assert window.operator.page.devices.test_print_button.isHidden()
