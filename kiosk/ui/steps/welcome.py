"""The welcome screen: a short explanation, and one big button."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QSizePolicy

from kiosk.ui.base import Notice, SplitScreen
from kiosk.ui.operator.status import Health, StationStatus
from kiosk.ui.painting.logo import WelcomeLogo
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.translated import Button, Label


class WelcomeScreen(SplitScreen):
    started = pyqtSignal()

    def __init__(self, ui_settings: UiSettings) -> None:
        super().__init__("welcome", picture_first=False)
        self.logo = WelcomeLogo()
        self.logo.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.school = Label(role="accent")
        self.school.set_text(ui_settings.school)
        self.school.setHidden(not ui_settings.school)
        self.title = Label("screen.welcome.title", "display")
        self.lead = Label("screen.welcome.lead", "lead")
        self.start_button = Button("screen.welcome.start", "start", "start")
        self.start_button.clicked.connect(self.started)
        self.card_hint = Label("screen.welcome.card", "small")
        self._has_card_reader = ui_settings.has_card_reader
        self.card_hint.setVisible(ui_settings.has_card_reader)
        self.notice = Notice("station_notice")

    def show_status(self, status: StationStatus) -> None:
        """Show that the camera is missing, so that nobody starts a visit that cannot end."""
        camera_missing = status.camera_health is Health.CRITICAL
        self.notice.setVisible(camera_missing)
        self.lead.setHidden(camera_missing)
        self.card_hint.setHidden(camera_missing or not self._has_card_reader)
        if camera_missing:
            self.notice.label.set_key("screen.welcome.no_camera")

    def update_layout(self, scale: Scale) -> None:
        side = self.align_labels(scale, self.school, self.title, self.lead, self.card_hint)
        self.notice.update_layout(scale)
        texts = (
            self.school,
            20,
            self.title,
            24,
            self.lead,
            64,
            (self.start_button, side),
            32,
            self.card_hint,
            24,
            self.notice,
        )
        self.set_texts(scale, *texts)
        self.split(scale, self.logo)
