"""The operator's page: what the station knows of itself, and the submissions that have not left yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from PyQt5.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QHideEvent, QResizeEvent
from PyQt5.QtWidgets import QBoxLayout, QFrame, QGridLayout, QScrollArea, QScroller, QWidget

from config.i18n import Message, Translations, translations
from kiosk.ui.base import Card, Notice, column, fill, row
from kiosk.ui.operator.device_panel import DevicePanel
from kiosk.ui.operator.status import Health, QueueItem, StationStatus
from kiosk.ui.operator.studio_panel import StudioPanel
from kiosk.ui.painting.drawing import Sign
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import Look
from kiosk.ui.widgets.sentences import first_sentence, other_sentences
from kiosk.ui.widgets.translated import Button, Text, speak_all

IDLE_MS: Final = 90_000
_SIGNS: Final = {Health.GOOD: "tick", Health.CARE: "exclamation", Health.BAD: "cross"}


class Fact(Card):
    """One thing and how it stands."""

    def __init__(self, name: str) -> None:
        super().__init__("plain", across=True)
        self.setObjectName(f"fact_{name}")
        self.sign = Sign("dash")
        self.title = Text(f"screen.operator.{name}", "small")
        self.value = Text(role="strong")
        self.value.shape = first_sentence
        self.rest = Text(role="small")
        self.rest.shape = other_sentences
        self.more = Text(role="small")
        inside = QWidget()
        box = column(inside)
        for line in (self.title, self.value, self.rest, self.more):
            box.addWidget(line)
        box.addStretch(1)
        self.box.addWidget(self.sign, 0, Qt.AlignTop)
        self.box.addWidget(inside, 1)

    def show_fact(self, value: Message, health: Health, more: Message | str | None = None) -> None:
        self.sign.become(_SIGNS[health])
        self.value.tell(value)
        self.rest.tell(value)
        self.rest.setVisible(bool(self.rest.text()))
        self.more.setVisible(bool(more))
        self.more.write(more) if isinstance(more, str) else self.more.tell(more)

    def arrange(self, scale: Scale, inside: float = 24, between: float = 20) -> None:
        super().arrange(scale, inside, between)
        self.sign.resize_to(scale.px(48))


class QueueRow(Card):
    """A submission that waits or was refused, with the button that sends it again."""

    resend = pyqtSignal(str)

    def __init__(self, item: QueueItem, scale: Scale) -> None:
        super().__init__("bad" if item.refused else "plain", across=True)
        self.arrange(scale, inside=22, between=20)
        inside = QWidget()
        box = column(inside)
        head = Text(role="strong")
        head.write(f"{item.who}　{item.taken_at:%m-%d %H:%M}")
        box.addWidget(head)
        box.addWidget(Text("screen.operator.refused_item" if item.refused else "screen.operator.waiting_item", "small"))
        if item.why is not None:
            why = Text(role="small")
            why.tell(item.why)
            box.addWidget(why)
        again = Button("screen.operator.resend", f"resend_{item.id}", "small")
        again.clicked.connect(lambda: self.resend.emit(item.id))
        self.box.addWidget(inside, 1)
        self.box.addWidget(again, 0, Qt.AlignVCenter)


class OperatorPage(QWidget):
    """Closes by itself when nobody has touched it for a while."""

    closed = pyqtSignal()
    quit_requested = pyqtSignal()
    resend = pyqtSignal(str)

    FACTS: Final = ("camera", "reader", "server", "queue", "roster", "disk", "station", "light", "printer", "documents")

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("operator")
        self.setAttribute(Qt.WA_StyledBackground)
        self._look, self._scale, self._words = look, Scale(1.0, False), translations(look.language)
        self._items: tuple[QueueItem, ...] | None = None
        self.facts = {name: Fact(name) for name in self.FACTS}
        self.title = Text("screen.operator.title", "title")
        self.help = Notice("operator_help", "bad")
        self.list_title = Text("screen.operator.list", "strong")
        self.queue_view = QScrollArea()
        self.queue_view.setWidgetResizable(True)
        self.queue_view.setFrameShape(QFrame.NoFrame)
        self.queue_view.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        QScroller.grabGesture(self.queue_view.viewport(), QScroller.LeftMouseButtonGesture)
        self.close_button = Button("screen.operator.close", "operator_close", "primary")
        self.quit_button = Button("screen.operator.quit", "operator_quit", "danger")
        self.studio_button = Button("studio.ask", "operator_studio")
        self.studio = StudioPanel(self)
        self.studio_button.clicked.connect(self.studio.open)
        self.studio.closed.connect(self.studio.hide)
        self.devices_button = Button("device.ask", "operator_devices")
        self.devices = DevicePanel(self)
        self.devices_button.clicked.connect(self.devices.open)
        self.devices.closed.connect(self.devices.hide)
        self.close_button.clicked.connect(self.closed)
        self.quit_button.clicked.connect(self.quit_requested)
        self._facts, self._list, self._buttons = QWidget(), QWidget(), QWidget()
        self._facts.setMinimumWidth(1)
        self._grid = QGridLayout(self._facts)
        self._list_box, self._buttons_box = column(self._list), row(self._buttons)
        self._middle = QWidget()
        self._middle_box = QBoxLayout(QBoxLayout.LeftToRight, self._middle)
        self._box = column(self)
        self.idle = QTimer(self)
        self.idle.setSingleShot(True)
        self.idle.setInterval(IDLE_MS)
        self.idle.timeout.connect(self.closed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.MouseButtonPress, QEvent.MouseButtonRelease, QEvent.TouchUpdate, QEvent.Wheel):
            self.idle.start()
        return False

    def hideEvent(self, event: QHideEvent) -> None:
        self.studio.hide()
        self.devices.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        for panel in (self.studio, self.devices):
            panel.setGeometry(self.rect())

    def speak(self, language: Translations) -> None:
        self._words = language

    def arrange(self, scale: Scale) -> None:
        changed, self._scale = scale != self._scale, scale
        for fact in self.facts.values():
            fact.arrange(scale)
        self._grid.setSpacing(scale.px(18))
        self._grid.setContentsMargins(0, 0, 0, 0)
        for place, fact in enumerate(self.facts.values()):
            self._grid.addWidget(fact, place // 2, place % 2)
            self._grid.setColumnStretch(place % 2, 1)
        self._buttons_box.setSpacing(scale.px(28))
        ways = (self.devices_button, self.studio_button, self.close_button)
        fill(self._buttons_box, scale, self.quit_button, 1.0, *ways)
        self.studio.arrange(scale)
        self.devices.arrange(scale)
        fill(self._list_box, scale, self.list_title, 16, (self.queue_view, 1))
        self._middle_box.setDirection(QBoxLayout.TopToBottom if scale.tall else QBoxLayout.LeftToRight)
        self._middle_box.setContentsMargins(0, 0, 0, 0)
        self._middle_box.setSpacing(scale.px(40))
        fill(self._middle_box, scale, (self._facts, 0 if scale.tall else 6), (self._list, 1 if scale.tall else 5))
        self._box.setContentsMargins(scale.px(64), scale.px(24), scale.px(64), scale.px(48))
        self.help.arrange(scale)
        fill(self._box, scale, self.title, 24, self.help, 12, (self._middle, 1), 28, self._buttons)
        if changed and self._items is not None:
            self._show_items(self._items)

    def words_shown(self) -> list[str]:
        shown = [text.text() for fact in self.facts.values() for text in (fact.value, fact.more)]
        return [*shown, self.help.text.text()]

    def show_status(self, status: StationStatus) -> None:
        facts = self.facts
        facts["camera"].show_fact(status.camera, status.camera_health, status.camera_says or status.camera_kind)
        facts["reader"].show_fact(status.reader, status.reader_health)
        facts["server"].show_fact(*_server(status))
        facts["queue"].show_fact(*_queue(status))
        facts["roster"].show_fact(*_roster(status, self._look))
        facts["disk"].show_fact(*_disk(status, self._look))
        running = _ago(status.at - status.started_at)
        version = self._look.version or "-"
        since = Message("screen.operator.since", {"ago": running})
        health = Health.CARE if status.slow else Health.GOOD
        facts["station"].show_fact(
            Message("screen.operator.version", {"version": version}), health, status.slow or since
        )
        facts["light"].show_fact(*_light(status))
        facts["printer"].show_fact(status.printer, status.printer_health)
        facts["documents"].show_fact(status.documents, status.documents_health)
        self.help.setVisible(status.help is not None)
        self.help.text.tell(status.help)
        self.studio.show_status(status.studio)
        self.devices.show_status(status.devices)
        self.devices.offer_print_test(status.printer_set)
        if status.items != self._items:
            self._show_items(status.items)

    def _show_items(self, items: tuple[QueueItem, ...]) -> None:
        self._items = items
        inside = QWidget()
        box = column(inside)
        box.setSpacing(self._scale.px(14))
        for item in items:
            line = QueueRow(item, self._scale)
            line.resend.connect(self.resend)
            box.addWidget(line)
        if not items:
            box.addWidget(Text("screen.operator.empty", "lead"))
        box.addStretch(1)
        self.queue_view.setWidget(inside)
        speak_all(inside, self._words)


def _server(status: StationStatus) -> tuple[Message, Health, Message | None]:
    known = {True: "reachable", False: "away", None: "unasked"}[status.server_reachable]
    health = Health.CARE if status.server_reachable is False or status.last_error else Health.GOOD
    return Message(f"screen.operator.server_{known}"), health, status.last_error


def _queue(status: StationStatus) -> tuple[Message, Health, Message | None]:
    counts = Message("screen.operator.counts", {"waiting": status.waiting, "refused": status.refused})
    return counts, Health.BAD if status.refused else Health.GOOD, status.uploading


def _roster(status: StationStatus, look: Look) -> tuple[Message, Health, Message | None]:
    if status.roster_drawn_at is None:
        return Message("screen.operator.no_roster"), Health.BAD, None
    age = status.at - status.roster_drawn_at
    health = Health.CARE if age > timedelta(hours=look.roster_care) else Health.GOOD
    return Message("screen.operator.drawn", {"ago": _ago(age)}), health, None


def _disk(status: StationStatus, look: Look) -> tuple[Message, Health, None]:
    free = status.disk_free
    health = Health.BAD if free < look.disk_bad else Health.CARE if free < look.disk_care else Health.GOOD
    return Message("screen.operator.free", {"gigabytes": f"{free / 1e9:.1f}"}), health, None


def _light(status: StationStatus) -> tuple[Message, Health, Message]:
    """What has changed since set-up comes first, then what the sitters' pictures show, then how it was set up."""
    notes = (*status.studio.drifts, *(Message(note) for note in status.operator_notes))
    first = notes[0] if notes else Message("screen.operator.all_well")
    return first, Health.CARE if notes else Health.GOOD, notes[1] if len(notes) > 1 else status.studio.saying


def _ago(age: timedelta) -> Message:
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 120:
        return Message("screen.operator.minutes", {"number": minutes})
    if minutes < 48 * 60:
        return Message("screen.operator.hours", {"number": minutes // 60})
    return Message("screen.operator.days", {"number": minutes // (24 * 60)})
