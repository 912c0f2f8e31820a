"""The operator's page for printing sheets of photos."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from pytestqt.qtbot import QtBot

from config.i18n import Message
from kiosk.tools.gallery.sample_data import sheet_status, status_of
from kiosk.ui.operator.sheet_panel import SheetPanel
from kiosk.ui.operator.status import SheetStatus
from kiosk.ui.widgets.translated import Label
from kiosk.ui.window import KioskWindow


def show(window: KioskWindow, sheets: SheetStatus) -> SheetPanel:
    window.show_status(replace(status_of(), sheets=sheets))
    return window.operator.page.sheets


@pytest.fixture
def panel(window: KioskWindow, qtbot: QtBot) -> SheetPanel:
    window.set_language("en")
    panel = show(window, sheet_status())
    window.operator.pin_pad.accepted.emit()
    with qtbot.waitSignal(panel.load_requested):
        qtbot.mouseClick(window.operator.page.sheets_button, Qt.LeftButton)
    return panel


def visible_text(panel: SheetPanel) -> str:
    return "\n".join(text.text() for text in panel.findChildren(Label) if text.isVisible())


def test_only_a_station_with_a_print_queue_has_the_button(window: KioskWindow) -> None:
    window.show_status(replace(status_of(), sheets=SheetStatus()))
    window.operator.pin_pad.accepted.emit()
    assert not window.operator.page.sheets_button.isVisible()


def test_a_class_is_printed_with_two_touches(panel: SheetPanel, qtbot: QtBot) -> None:
    assert "42 photos" in visible_text(panel)
    first = panel.rows[0].print_button
    with qtbot.assertNotEmitted(panel.print_requested):
        first.click()
    assert "again" in first.text()
    with qtbot.waitSignal(panel.print_requested) as caught:
        first.click()
    chosen, student, sheet = caught.args
    assert (chosen.name, student, sheet.name) == ("计算机 1 班", None, "six_inch_one_inch")


def test_one_student_of_a_class_is_chosen(window: KioskWindow, panel: SheetPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.students_requested) as caught:
        panel.rows[1].open_button.click()
    assert caught.args[0].name == "计算机 2 班"
    show(window, sheet_status(of_class=True))
    assert "计算机 1 班: choose a student" in visible_text(panel)
    panel.rows[0].print_button.click()
    with qtbot.waitSignal(panel.print_requested) as caught:
        panel.rows[0].print_button.click()
    assert [caught.args[1].name, caught.args[1].student_no] == ["王*明", "20220001"]
    qtbot.mouseClick(panel.back_button, Qt.LeftButton)
    assert len(panel.rows) == 3, "back to the classes"
    qtbot.mouseClick(panel.back_button, Qt.LeftButton)
    assert not panel.isVisible()


def test_a_sheet_of_a_whole_class_requires_no_student(panel: SheetPanel, qtbot: QtBot) -> None:
    assert panel.rows[0].open_button.isVisible()
    qtbot.mouseClick(panel.sheet_buttons["a4_class"], Qt.LeftButton)
    assert not panel.rows[0].open_button.isVisible()
    panel.rows[0].print_button.click()
    with qtbot.waitSignal(panel.print_requested) as caught:
        panel.rows[0].print_button.click()
    assert caught.args[2].name == "a4_class"


def test_while_it_prints_nothing_else_can_be_printed_and_it_can_be_stopped(
    window: KioskWindow, panel: SheetPanel, qtbot: QtBot
) -> None:
    assert not panel.cancel_button.isVisible()
    show(window, sheet_status(waits=True))
    assert "out of paper" in visible_text(panel)
    assert not panel.rows[0].print_button.isEnabled()
    with qtbot.waitSignal(panel.cancel_requested):
        qtbot.mouseClick(panel.cancel_button, Qt.LeftButton)
    values: dict[str, Any] = {"sheets": 42, "photos": 42, "reprints": 2}
    show(window, replace(sheet_status(), message=Message("photo_sheets.done_reprints", values)))
    assert "2 of them were printed before" in visible_text(panel)
    assert panel.rows[0].print_button.isEnabled()
