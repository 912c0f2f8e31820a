from __future__ import annotations

from dataclasses import replace

from PyQt5.QtCore import Qt
from pytestqt.qtbot import QtBot

from config.i18n import Message
from kiosk.tools.gallery.sample_data import status_of
from kiosk.ui.operator.operator_page import OperatorPage
from kiosk.ui.operator.status import StudioStatus
from kiosk.ui.operator.studio_panel import CHECK_KINDS
from kiosk.ui.widgets.translated import Label
from kiosk.ui.window import KioskWindow


def open_panel(window: KioskWindow, qtbot: QtBot, studio: StudioStatus | None = None) -> OperatorPage:
    window.set_language("en")
    status = status_of(with_errors=True)
    window.show_status(status if studio is None else replace(status, studio=studio))
    window.operator.pin_pad.accepted.emit()
    qtbot.mouseClick(window.operator.page.studio_button, Qt.LeftButton)
    return window.operator.page


def visible_text(page: OperatorPage) -> str:
    return "\n".join(text.text() for text in page.studio.findChildren(Label) if text.isVisible())


def test_findings_and_drifts_are_shown_with_their_measurements(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot)
    assert page.studio.isVisible()
    assert "about 30 cm nearer" in visible_text(page)
    assert "41 % weaker" in visible_text(page)
    assert "Set up today 07:58: 1 to fix" in visible_text(page)


def test_each_button_requests_its_check(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot)
    for kind in CHECK_KINDS:
        with qtbot.waitSignal(page.studio.check_requested) as received:
            qtbot.mouseClick(page.studio.checks[kind], Qt.LeftButton)
        assert received.args == [kind]


def test_while_a_check_runs_no_other_can_be_requested(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot, StudioStatus(busy=True))
    assert "Looking" in visible_text(page)
    assert not any(button.isEnabled() for button in page.studio.checks.values())


def test_a_studio_that_was_never_set_up_and_a_failed_check_are_reported(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot, StudioStatus(problems=(Message("studio.no_card"),)))
    assert "First the empty backdrop" in visible_text(page)
    assert "No grey card was found" in visible_text(page)
    assert page.tiles["light"].detail.text() != ""


def test_drift_comes_first_on_the_operator_page(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot)
    assert "41 % weaker" in page.tiles["light"].value.text()
    assert page.tiles["light"].icon.kind == "exclamation"


def test_after_the_pin_the_page_is_shown_and_not_the_panel(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot)
    page.close_button.click()
    window.operator.pin_pad.accepted.emit()
    assert page.isVisible()
    assert not page.studio.isVisible()


def test_lamps_are_set_only_when_the_operator_agrees(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot)
    assert not page.studio.accept_button.isVisible()
    change = Message("lights.change", {"lamp": Message("lights.lamp.left"), "before": 70, "after": 84})
    status = replace(
        status_of(with_errors=True), studio=StudioStatus(lamp_offer=Message("lights.offer", {"changes": change}))
    )
    window.show_status(status)
    assert "the lamp on the picture's left from 70 % to 84 %" in visible_text(page)
    with qtbot.waitSignal(page.studio.lamps_accepted):
        qtbot.mouseClick(page.studio.accept_button, Qt.LeftButton)


def test_only_a_station_with_two_cameras_has_the_button_to_align_them(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot)
    assert not page.studio.framing_button.isVisible()
    window.show_status(replace(status_of(with_errors=True), studio=StudioStatus(two_cameras=True)))
    with qtbot.waitSignal(page.studio.framing_requested):
        qtbot.mouseClick(page.studio.framing_button, Qt.LeftButton)
