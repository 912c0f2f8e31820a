"""The operator's page of devices: their outages, and the decisions of the operator."""

from __future__ import annotations

from dataclasses import replace

from PyQt5.QtCore import Qt
from pytestqt.qtbot import QtBot

from config.i18n import Message
from hardware.cameras.api import ShotProgress
from kiosk.tools.gallery.sample_data import status_of
from kiosk.ui.operator.device_panel import MAX_OUTAGES_SHOWN, OutageRow
from kiosk.ui.operator.operator_page import OperatorPage
from kiosk.ui.operator.status import DeviceStatus
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.translated import Label
from kiosk.ui.window import KioskWindow
from kiosk.visit.step import Step
from kiosk.visit.transfer_progress import SHOW_AFTER_S, TransferProgress, TransferTracker
from tests.kiosk.ui.sample_visits import show_step


def open_panel(window: KioskWindow, qtbot: QtBot, devices: DeviceStatus | None = None) -> OperatorPage:
    window.set_language("en")
    status = status_of(with_errors=True)
    window.show_status(status if devices is None else replace(status, devices=devices))
    window.operator.pin_pad.accepted.emit()
    qtbot.mouseClick(window.operator.page.devices_button, Qt.LeftButton)
    return window.operator.page


def visible_text(page: OperatorPage) -> str:
    return "\n".join(text.text() for text in page.devices.findChildren(Label) if text.isVisible())


def test_every_outage_is_shown_with_its_time_its_message_and_its_end(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot)
    assert "Camera · 11-22 09:18:00" in visible_text(page)
    assert "The card reader was unplugged." in visible_text(page)
    assert "Back after 3.4 s" in visible_text(page)
    present, *ended = page.devices.findChildren(OutageRow)
    assert (present.icon.kind, {row.icon.kind for row in ended}) == ("exclamation", {"tick"})


def test_a_day_without_outages_has_a_message(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot, DeviceStatus())
    assert "No problems with any device" in visible_text(page)
    assert not page.devices.camera.isVisible()
    assert not page.devices.unassigned.isVisible()


def test_every_decision_requires_two_touches(window: KioskWindow, qtbot: QtBot) -> None:
    devices = open_panel(window, qtbot).devices
    for decision, received in (
        (devices.camera, devices.camera_assigned),
        (devices.unassigned, devices.unassigned_delete_requested),
    ):
        with qtbot.assertNotEmitted(received):
            qtbot.mouseClick(decision.button, Qt.LeftButton)
        assert "again" in decision.button.text()
        with qtbot.waitSignal(received):
            qtbot.mouseClick(decision.button, Qt.LeftButton)
        assert "again" not in decision.button.text()


def test_a_first_touch_is_discarded_when_the_page_is_opened_again(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot)
    qtbot.mouseClick(page.devices.camera.button, Qt.LeftButton)
    page.devices.back_button.click()
    qtbot.mouseClick(page.devices_button, Qt.LeftButton)
    with qtbot.assertNotEmitted(page.devices.camera_assigned):
        qtbot.mouseClick(page.devices.camera.button, Qt.LeftButton)


def test_a_long_history_scrolls_and_does_not_reduce_the_letters(window: KioskWindow, qtbot: QtBot) -> None:
    one = status_of().devices.outages[0]
    page = open_panel(window, qtbot, DeviceStatus(outages=(one,) * 50))
    assert len(page.devices.findChildren(OutageRow)) == MAX_OUTAGES_SHOWN
    assert page.devices.styleSheet() == ""


def test_after_the_pin_the_page_is_shown_and_not_the_devices(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot)
    page.close_button.click()
    window.operator.pin_pad.accepted.emit()
    assert not page.devices.isVisible()


def test_shots_that_are_not_stored_yet_are_reported(window: KioskWindow, qtbot: QtBot) -> None:
    page = open_panel(window, qtbot, DeviceStatus(unsaved=Message("device.unsaved", {"number": 3})))
    assert "3 photos are not on the disk yet" in visible_text(page)


# --------------------------------------------------------------------------------------------- transfer of a photo


def test_only_a_long_transfer_is_reported() -> None:
    tracker, half = TransferTracker(), ShotProgress("transfer", 8.0, 500, 1000)
    assert tracker.update(half, 10.0) is None
    assert tracker.update(half, 10.0 + SHOW_AFTER_S) == TransferProgress(50)
    assert tracker.update(ShotProgress("transfer", 8.0), 13.0) == TransferProgress(None)
    assert tracker.update(None, 14.0) is None
    assert tracker.update(half, 15.0) is None, "the next transfer starts again"
    assert TransferTracker().update(ShotProgress("expose", 8.0), 99.0) is None


def test_the_progress_of_a_transfer_is_shown(window: KioskWindow, ui_settings: UiSettings) -> None:
    window.set_language("en")
    show_step(window, Step.SHOOT, ui_settings)
    window.show_transfer(TransferProgress(40))
    assert "40 %" in window.pose.hint.text()
    assert (window.pose.transfer_bar.isHidden(), window.pose.transfer_bar.percent) == (False, 40)
    window.show_transfer(TransferProgress(None))
    assert window.pose.transfer_bar.isHidden(), "no bar without a known end"
    window.show_transfer(TransferProgress(80))
    show_step(window, Step.POSE, ui_settings)
    window.show_transfer(None)
    assert window.pose.transfer_bar.isHidden()
    assert "%" not in window.pose.hint.text()


def test_startup_findings_are_shown_with_instructions(window: KioskWindow, qtbot: QtBot) -> None:
    what = Message("diagnosis.disk.full", {"free": "1.2", "folder": "/data"})
    row = Message("diagnosis.row", {"subject": Message("diagnosis.subject.disk"), "what": what})
    page = open_panel(window, qtbot, DeviceStatus(startup_findings=(row,)))
    assert "Disk: only 1.2 GB are free" in visible_text(page)
    assert "please make room" in visible_text(page)


def test_problems_of_the_outbox_at_the_start_are_reported(window: KioskWindow, qtbot: QtBot) -> None:
    again = Message("storage.queued_again", {"number": 20})
    page = open_panel(window, qtbot, DeviceStatus(storage_warnings=(Message("storage.outbox_restored"), again)))
    assert "restored from its newest backup" in visible_text(page)
    assert "20 visits were missing" in visible_text(page)


def test_unassigned_photos_are_counted_with_the_time_of_the_first(window: KioskWindow, qtbot: QtBot) -> None:
    values = {"number": 3, "first": "06-01 09:10", "last": "06-02 10:00"}
    page = open_panel(window, qtbot, DeviceStatus(unassigned=Message("device.unassigned", values)))
    assert "3 photos belong to no visit, the first from 06-01 09:10" in visible_text(page)
