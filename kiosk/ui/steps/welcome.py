"""The welcome screen: what this is, and the one big button."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QSizePolicy

from kiosk.ui.base import Halves, Notice
from kiosk.ui.operator.status import Health, StationStatus
from kiosk.ui.painting.emblem import Emblem
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import Look
from kiosk.ui.widgets.translated import Button, Text


class WelcomeScreen(Halves):
    started = pyqtSignal()

    def __init__(self, look: Look) -> None:
        super().__init__("welcome", picture_first=False)
        self.emblem = Emblem()
        self.emblem.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.school = Text(role="accent")
        self.school.write(look.school)
        self.school.setHidden(not look.school)
        self.title = Text("screen.welcome.title", "display")
        self.lead = Text("screen.welcome.lead", "lead")
        self.start = Button("screen.welcome.start", "start", "start")
        self.start.clicked.connect(self.started)
        self.card_hint = Text("screen.welcome.card", "small")
        self._reader = look.reader
        self.card_hint.setVisible(look.reader)
        self.notice = Notice("station_notice")

    def show_status(self, status: StationStatus) -> None:
        """Says beforehand that the camera is away, so that nobody begins a visit that cannot end."""
        away = status.camera_health is Health.BAD
        self.notice.setVisible(away)
        self.lead.setHidden(away)
        self.card_hint.setHidden(away or not self._reader)
        if away:
            self.notice.text.say("screen.welcome.no_camera")

    def arrange(self, scale: Scale) -> None:
        side = self.align(scale, self.school, self.title, self.lead, self.card_hint)
        self.notice.arrange(scale)
        words = (
            self.school,
            20,
            self.title,
            24,
            self.lead,
            64,
            (self.start, side),
            32,
            self.card_hint,
            24,
            self.notice,
        )
        self.put_words(scale, *words)
        self.halve(scale, self.emblem)
