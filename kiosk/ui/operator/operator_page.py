"""The operator page: the state of the station, and the submissions that have not been sent yet."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QHideEvent, QResizeEvent
from PyQt5.QtWidgets import QBoxLayout, QGridLayout, QWidget

from config.i18n import Message, Translations, translations
from kiosk.ui.base import Card, Notice, column, fill_layout, row
from kiosk.ui.operator.device_panel import DevicePanel
from kiosk.ui.operator.sheet_panel import SheetPanel
from kiosk.ui.operator.status import Health, QueueItem, StationStatus
from kiosk.ui.operator.status_tiles import (
    StatusTile,
    age_message,
    disk_tile,
    light_tile,
    queue_tile,
    roster_tile,
    server_tile,
)
from kiosk.ui.operator.studio_panel import StudioPanel
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.scroll_area import TouchScrollArea
from kiosk.ui.widgets.translated import Button, Label, retranslate_all

IDLE_MS: Final = 90_000


class QueueRow(Card):
    """A submission that waits or was rejected, with a button that sends it again."""

    resend_requested = pyqtSignal(str)

    def __init__(self, item: QueueItem, scale: Scale) -> None:
        super().__init__("critical" if item.rejected else "plain", horizontal=True)
        self.update_layout(scale, padding=22, spacing=20)
        inside = QWidget()
        box = column(inside)
        head = Label(role="strong")
        head.set_text(f"{item.sitter}　{item.taken_at:%m-%d %H:%M}")
        box.addWidget(head)
        box.addWidget(
            Label("screen.operator.refused_item" if item.rejected else "screen.operator.waiting_item", "small")
        )
        if item.reason is not None:
            reason = Label(role="small")
            reason.set_message(item.reason)
            box.addWidget(reason)
        resend = Button("screen.operator.resend", f"resend_{item.id}", "small")
        resend.clicked.connect(lambda: self.resend_requested.emit(item.id))
        self.box.addWidget(inside, 1)
        self.box.addWidget(resend, 0, Qt.AlignVCenter)


class OperatorPage(QWidget):
    """The operator page; it closes automatically after IDLE_MS without a touch."""

    closed = pyqtSignal()
    quit_requested = pyqtSignal()
    resend_requested = pyqtSignal(str)

    TILES: Final = ("camera", "reader", "server", "queue", "roster", "disk", "station", "light", "printer", "documents")

    def __init__(self, ui_settings: UiSettings) -> None:
        super().__init__()
        self.setObjectName("operator")
        self.setAttribute(Qt.WA_StyledBackground)
        self._ui_settings, self._scale, self._translations = (
            ui_settings,
            Scale(1.0, False),
            translations(ui_settings.language),
        )
        self._items: tuple[QueueItem, ...] | None = None
        self.tiles = {name: StatusTile(name) for name in self.TILES}
        self.title = Label("screen.operator.title", "title")
        self.help_notice = Notice("operator_help", "critical")
        self.list_title = Label("screen.operator.list", "strong")
        self.queue_view = TouchScrollArea()
        self._tiles_widget, self._list, self._buttons = QWidget(), QWidget(), QWidget()
        self._tiles_widget.setMinimumWidth(1)
        self._grid = QGridLayout(self._tiles_widget)
        self._list_box, self._buttons_box = column(self._list), row(self._buttons)
        self._head, self._middle = QWidget(), QWidget()
        self._head_box = row(self._head)
        self._middle_box = QBoxLayout(QBoxLayout.LeftToRight, self._middle)
        self._box = column(self)
        self.studio, self.devices, self.sheets = StudioPanel(self), DevicePanel(self), SheetPanel(self)
        self._create_buttons()
        self.idle_timer = QTimer(self)
        self.idle_timer.setSingleShot(True)
        self.idle_timer.setInterval(IDLE_MS)
        self.idle_timer.timeout.connect(self.closed)

    def _create_buttons(self) -> None:
        self.close_button = Button("screen.operator.close", "operator_close", "primary")
        self.quit_button = Button("screen.operator.quit", "operator_quit", "danger")
        self.studio_button = Button("studio.open", "operator_studio")
        self.devices_button = Button("device.open", "operator_devices")
        self.close_button.clicked.connect(self.closed)
        self.quit_button.clicked.connect(self.quit_requested)
        self.studio_button.clicked.connect(self.studio.open)
        self.studio.closed.connect(self.studio.hide)
        self.devices_button.clicked.connect(self.devices.open)
        self.devices.closed.connect(self.devices.hide)
        self.sheets_button = Button("photo_sheets.open", "operator_sheets", "small")
        self.sheets_button.hide()
        self.sheets_button.clicked.connect(self.sheets.open)
        self.sheets.closed.connect(self.sheets.hide)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.MouseButtonPress, QEvent.MouseButtonRelease, QEvent.TouchUpdate, QEvent.Wheel):
            self.idle_timer.start()
        return False

    def hideEvent(self, event: QHideEvent) -> None:
        self.studio.hide()
        self.devices.hide()
        self.sheets.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        for panel in (self.studio, self.devices, self.sheets):
            panel.setGeometry(self.rect())

    def retranslate(self, tr: Translations) -> None:
        self._translations = tr

    def update_layout(self, scale: Scale) -> None:
        changed, self._scale = scale != self._scale, scale
        for tile in self.tiles.values():
            tile.update_layout(scale)
        self._grid.setSpacing(scale.px(18))
        self._grid.setContentsMargins(0, 0, 0, 0)
        for index, tile in enumerate(self.tiles.values()):
            self._grid.addWidget(tile, index // 2, index % 2)
            self._grid.setColumnStretch(index % 2, 1)
        self._buttons_box.setSpacing(scale.px(28))
        buttons = (self.devices_button, self.studio_button, self.close_button)
        fill_layout(self._buttons_box, scale, self.quit_button, 1.0, *buttons)
        self._head_box.setContentsMargins(0, 0, 0, 0)
        fill_layout(self._head_box, scale, (self.list_title, 1), self.sheets_button)
        self.studio.update_layout(scale)
        self.devices.update_layout(scale)
        self.sheets.update_layout(scale)
        fill_layout(self._list_box, scale, self._head, 16, (self.queue_view, 1))
        self._middle_box.setDirection(QBoxLayout.TopToBottom if scale.tall else QBoxLayout.LeftToRight)
        self._middle_box.setContentsMargins(0, 0, 0, 0)
        self._middle_box.setSpacing(scale.px(40))
        fill_layout(
            self._middle_box, scale, (self._tiles_widget, 0 if scale.tall else 6), (self._list, 1 if scale.tall else 5)
        )
        self._box.setContentsMargins(scale.px(64), scale.px(24), scale.px(64), scale.px(48))
        self.help_notice.update_layout(scale)
        fill_layout(self._box, scale, self.title, 24, self.help_notice, 12, (self._middle, 1), 28, self._buttons)
        if changed and self._items is not None:
            self._show_items(self._items)

    def visible_texts(self) -> list[str]:
        texts = [text.text() for tile in self.tiles.values() for text in (tile.value, tile.detail)]
        return [*texts, self.help_notice.label.text()]

    def show_status(self, status: StationStatus) -> None:
        tiles = self.tiles
        tiles["camera"].show_status(status.camera, status.camera_health, status.camera_message or status.camera_kind)
        tiles["reader"].show_status(status.reader, status.reader_health)
        tiles["server"].show_status(*server_tile(status))
        tiles["queue"].show_status(*queue_tile(status))
        tiles["roster"].show_status(*roster_tile(status, self._ui_settings))
        tiles["disk"].show_status(*disk_tile(status, self._ui_settings))
        running = age_message(status.at - status.started_at)
        version = self._ui_settings.version or "-"
        since = Message("screen.operator.uptime", {"ago": running})
        health = Health.WARNING if status.slow_message else Health.GOOD
        tiles["station"].show_status(
            Message("screen.operator.version", {"version": version}), health, status.slow_message or since
        )
        tiles["light"].show_status(*light_tile(status))
        tiles["printer"].show_status(status.printer, status.printer_health)
        tiles["documents"].show_status(status.document_reading, status.document_reading_health)
        self.help_notice.setVisible(status.help_reason is not None)
        self.help_notice.label.set_message(status.help_reason)
        self.studio.show_status(status.studio)
        self.devices.show_status(status.devices)
        self.devices.set_test_print_available(status.printer_configured)
        self.sheets_button.setVisible(status.sheets.is_configured)
        self.sheets.show_status(status.sheets)
        if status.queue_items != self._items:
            self._show_items(status.queue_items)

    def _show_items(self, items: tuple[QueueItem, ...]) -> None:
        self._items = items
        inside = QWidget()
        box = column(inside)
        box.setSpacing(self._scale.px(14))
        for item in items:
            line = QueueRow(item, self._scale)
            line.resend_requested.connect(self.resend_requested)
            box.addWidget(line)
        if not items:
            box.addWidget(Label("screen.operator.empty", "lead"))
        box.addStretch(1)
        self.queue_view.setWidget(inside)
        retranslate_all(inside, self._translations)
