"""The operator's device page: outages and their end, and decisions for the operator."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QWidget

from config.i18n import Message
from kiosk.ui.base import Card, Notice, column, fill_layout, row
from kiosk.ui.operator.overlay import ListArea, Overlay
from kiosk.ui.operator.status import DeviceStatus, Outage
from kiosk.ui.painting.icons import Icon
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.sentences import first_sentence
from kiosk.ui.widgets.translated import Button, Label, retranslate_all

MAX_OUTAGES_SHOWN: Final = 30
"""The number of outages on the page; the file stores more."""


class OutageRow(Card):
    """One outage: time, device, message and end."""

    def __init__(self, outage: Outage) -> None:
        super().__init__("critical" if outage.is_ongoing else "plain", horizontal=True)
        self.icon = Icon("exclamation" if outage.is_ongoing else "tick")
        inside, head, message, end = QWidget(), Label(role="strong"), Label(role="small"), Label(role="small")
        device = Message(f"device.{outage.device}")
        head.set_message(Message("device.at", {"device": device, "at": f"{outage.started_at:%m-%d %H:%M:%S}"}))
        message.text_filter = first_sentence
        message.set_message(outage.message)
        end.set_message(outage.resolution)
        box = column(inside)
        for line in (head, message, end):
            box.addWidget(line)
        self.box.addWidget(self.icon, 0, Qt.AlignTop)
        self.box.addWidget(inside, 1)

    def update_layout(self, scale: Scale, padding: float = 20, spacing: float = 18) -> None:
        super().update_layout(scale, padding, spacing)
        self.icon.resize_to(scale.px(44))


class WarningRow(Card):
    """One warning of the storage or of the checks at the start, and what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__("warning", horizontal=True)
        self.icon, text = Icon("exclamation"), Label(role="notice")
        text.set_message(message)
        self.box.addWidget(self.icon, 0, Qt.AlignTop)
        self.box.addWidget(text, 1)

    def update_layout(self, scale: Scale, padding: float = 20, spacing: float = 18) -> None:
        super().update_layout(scale, padding, spacing)
        self.icon.resize_to(scale.px(44))


class ConfirmCard(Card):
    """A decision for a person, with its button; a second touch confirms it."""

    confirmed = pyqtSignal()

    def __init__(self, name: str, ask_key: str, confirm_key: str) -> None:
        super().__init__("warning", horizontal=True)
        self.label = Label(role="notice")
        self.button = Button(ask_key, name, "small")
        self._ask_key, self._confirm_key, self._awaits_confirmation = ask_key, confirm_key, False
        self.box.addWidget(self.label, 1)
        self.box.addWidget(self.button, 0, Qt.AlignVCenter)
        self.button.clicked.connect(self._on_clicked)
        self.hide()

    def set_message(self, message: Message | None) -> None:
        self.label.set_message(message)
        self.setVisible(message is not None)

    def reset(self) -> None:
        """Cancel a first touch."""
        self._awaits_confirmation = False
        self.button.set_key(self._ask_key)

    def _on_clicked(self) -> None:
        if self._awaits_confirmation:
            self.reset()
            self.confirmed.emit()
        else:
            self._awaits_confirmation = True
            self.button.set_key(self._confirm_key)


def _list_content(status: DeviceStatus) -> tuple[object, ...]:
    return status.outages, status.startup_findings, status.storage_warnings


class DevicePanel(Overlay):
    """An overlay of the operator page. `camera_assigned`: the connected camera belongs to this station;
    `unassigned_delete_requested`: delete the photos; `test_print_requested`: print a page to check the printer."""

    camera_assigned = pyqtSignal()
    unassigned_delete_requested = pyqtSignal()
    test_print_requested = pyqtSignal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._status: DeviceStatus | None = None
        self.title, self.summary = Label("device.title", "title"), Label("device.none", "lead")
        self.camera = ConfirmCard("device_take_camera", "device.accept_camera", "device.accept_camera_confirm")
        self.unassigned = ConfirmCard(
            "device_unassigned", "device.delete_unassigned", "device.delete_unassigned_confirm"
        )
        self.camera.confirmed.connect(self.camera_assigned)
        self.unassigned.confirmed.connect(self.unassigned_delete_requested)
        self.unsaved, self.warning = Notice("device_unsaved"), Notice("device_warning")
        self.scroll_area, self._list = ListArea(), QWidget()
        self.back_button = Button("device.back", "device_back", "primary")
        self.back_button.clicked.connect(self.closed)
        self.test_print_button = Button("device.print_test", "device_print_test")
        self.test_print_button.clicked.connect(self.test_print_requested)
        self.test_print_button.hide()
        self._buttons = QWidget()
        self._buttons_box, self._box = row(self._buttons), column(self)

    def open(self) -> None:
        for card in (self.camera, self.unassigned):
            card.reset()
        super().open()

    def show_status(self, status: DeviceStatus) -> None:
        before, self._status = self._status, status
        if before == status:
            return
        self.summary.set_key("device.last" if status.outages else "device.none")
        self.camera.set_message(status.other_camera)
        self.unassigned.set_message(status.unassigned)
        for notice, message in ((self.unsaved, status.unsaved), (self.warning, status.warning)):
            notice.label.set_message(message)
            notice.setVisible(message is not None)
        if before is None or _list_content(before) != _list_content(status):
            self._show_outages(status)
        if self.isVisible():
            self._fit()

    def set_test_print_available(self, available: bool) -> None:
        self.test_print_button.setVisible(available)

    def update_layout(self, scale: Scale) -> None:
        self._scale = scale
        for card in (self.camera, self.unassigned, self.unsaved, self.warning):
            card.update_layout(scale, padding=18)
        self._update_list_layout()
        self._buttons_box.setSpacing(scale.px(20))
        fill_layout(self._buttons_box, scale, self.test_print_button, 1.0, self.back_button)
        self._box.setContentsMargins(scale.px(64), scale.px(24), scale.px(64), scale.px(48))
        self._box.setSpacing(scale.px(16))
        self.scroll_area.setMinimumHeight(scale.px(120))
        cards = (self.camera, self.unassigned, self.unsaved, self.warning)
        fill_layout(self._box, scale, self.title, self.summary, *cards, (self.scroll_area, 1), self._buttons)

    def _update_list_layout(self) -> None:
        for kind in (OutageRow, WarningRow):
            for line in self._list.findChildren(kind):
                line.update_layout(self._scale)

    def _show_outages(self, status: DeviceStatus) -> None:
        self._list = QWidget()
        box = column(self._list)
        box.setSpacing(self._scale.px(12))
        for message in (*status.storage_warnings, *status.startup_findings):
            box.addWidget(WarningRow(message))
        for outage in status.outages[:MAX_OUTAGES_SHOWN]:
            box.addWidget(OutageRow(outage))
        box.addStretch(1)
        self._update_list_layout()
        self.scroll_area.setWidget(self._list)
        retranslate_all(self._list, self._translations)
