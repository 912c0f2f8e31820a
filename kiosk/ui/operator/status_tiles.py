"""The tiles of the operator page: one part of the station each, with its state."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QWidget

from config.i18n import Message
from kiosk.ui.base import Card, column
from kiosk.ui.operator.status import Health, StationStatus
from kiosk.ui.painting.icons import Icon
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.sentences import first_sentence, other_sentences
from kiosk.ui.widgets.translated import Label

_ICONS: Final = {Health.GOOD: "tick", Health.WARNING: "exclamation", Health.CRITICAL: "cross"}


class StatusTile(Card):
    """One part of the station and its state."""

    def __init__(self, name: str) -> None:
        super().__init__("plain", horizontal=True)
        self.setObjectName(f"tile_{name}")
        self.icon = Icon("dash")
        self.title = Label(f"screen.operator.{name}", "small")
        self.value = Label(role="strong")
        self.value.text_filter = first_sentence
        self.explanation = Label(role="small")
        self.explanation.text_filter = other_sentences
        self.detail = Label(role="small")
        inside = QWidget()
        box = column(inside)
        for line in (self.title, self.value, self.explanation, self.detail):
            box.addWidget(line)
        box.addStretch(1)
        self.box.addWidget(self.icon, 0, Qt.AlignTop)
        self.box.addWidget(inside, 1)

    def show_status(self, value: Message, health: Health, detail: Message | str | None = None) -> None:
        self.icon.set_kind(_ICONS[health])
        self.value.set_message(value)
        self.explanation.set_message(value)
        self.explanation.setVisible(bool(self.explanation.text()))
        self.detail.setVisible(bool(detail))
        self.detail.set_text(detail) if isinstance(detail, str) else self.detail.set_message(detail)

    def update_layout(self, scale: Scale, padding: float = 24, spacing: float = 20) -> None:
        super().update_layout(scale, padding, spacing)
        self.icon.resize_to(scale.px(48))


def server_tile(status: StationStatus) -> tuple[Message, Health, Message | None]:
    reachability = {True: "reachable", False: "unreachable", None: "not_contacted"}[status.server_reachable]
    health = Health.WARNING if status.server_reachable is False or status.last_error else Health.GOOD
    return Message(f"screen.operator.server_{reachability}"), health, status.last_error


def queue_tile(status: StationStatus) -> tuple[Message, Health, Message | None]:
    counts = Message("screen.operator.counts", {"waiting": status.waiting, "refused": status.rejected})
    return counts, Health.CRITICAL if status.rejected else Health.GOOD, status.uploading


def roster_tile(status: StationStatus, ui_settings: UiSettings) -> tuple[Message, Health, Message | None]:
    if status.roster_generated_at is None:
        return Message("screen.operator.no_roster"), Health.CRITICAL, None
    age = status.at - status.roster_generated_at
    health = Health.WARNING if age > timedelta(hours=ui_settings.roster_warning_hours) else Health.GOOD
    return Message("screen.operator.roster_age", {"ago": age_message(age)}), health, None


def disk_tile(status: StationStatus, ui_settings: UiSettings) -> tuple[Message, Health, None]:
    free = status.disk_free
    health = (
        Health.CRITICAL
        if free < ui_settings.disk_critical_bytes
        else Health.WARNING
        if free < ui_settings.disk_warning_bytes
        else Health.GOOD
    )
    return Message("screen.operator.disk_free", {"gigabytes": f"{free / 1e9:.1f}"}), health, None


def light_tile(status: StationStatus) -> tuple[Message, Health, Message]:
    """Show first the changes since set-up, then the findings in the sitters' pictures, then the last check."""
    notes = (*status.studio.drifts, *(Message(note) for note in status.operator_notes))
    first = notes[0] if notes else Message("screen.operator.all_good")
    return first, Health.WARNING if notes else Health.GOOD, notes[1] if len(notes) > 1 else status.studio.message


def age_message(age: timedelta) -> Message:
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 120:
        return Message("screen.operator.minutes", {"number": minutes})
    if minutes < 48 * 60:
        return Message("screen.operator.hours", {"number": minutes // 60})
    return Message("screen.operator.days", {"number": minutes // (24 * 60)})
