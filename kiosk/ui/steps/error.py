"""The error screen: what happened, what it means, what to do."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QWidget

from config.i18n import Message, Translations, translations
from kiosk.ui.base import Card, Screen, column, fill_layout, row
from kiosk.ui.painting.icons import Icon
from kiosk.ui.steps.error_actions import NOT_ON_DISK, actions_for, mentions_photos
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.sentences import first_sentence, other_sentences
from kiosk.ui.widgets.translated import Button, Label, message_text
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts


class ErrorScreen(Screen):
    retry_requested = pyqtSignal()
    leave_requested = pyqtSignal()
    help_requested = pyqtSignal()

    def __init__(self, ui_settings: UiSettings) -> None:
        super().__init__("error")
        self.icon = Icon("exclamation")
        self.title = Label("screen.error.title", "lead")
        self.headline = Label(role="title")
        self.headline.setObjectName("error_what")
        self.headline.text_filter = first_sentence
        self.explanation = Label(role="lead")
        self.explanation.text_filter = other_sentences
        self.photos_status = Label(role="good")
        self.resumes = Label("screen.error.continues", "strong")
        self.resumes.hide()
        self._notice: Message | None = None
        self._photos_key, self._translations = "screen.error.nothing_taken", translations()
        self.help_contact = Label(role="small")
        self.help_contact.set_text(ui_settings.help_contact)
        self.retry_button = Button("screen.error.retry", "retry", "primary")
        self.help_button = Button("screen.help", "call")
        self.leave_button = Button("screen.leave", "error_leave", "quiet")
        self.retry_button.clicked.connect(self.retry_requested)
        self.leave_button.clicked.connect(self.leave_requested)
        self.help_button.clicked.connect(self.help_requested)
        self._card = Card("plain")
        self._buttons = QWidget()
        self._buttons_box = row(self._buttons)
        self._box = column(self)

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        self._notice = visit.notice
        self.headline.set_message(visit.notice)
        self.explanation.set_message(visit.notice)
        actions = actions_for(visit)
        self.retry_button.setVisible(actions.can_retry)
        self.resumes.setVisible(actions.resumes)
        self._photos_key = actions.photos_key
        self._update_photos_status()

    def retranslate(self, tr: Translations) -> None:
        """Update the status of the photos, which is hidden if the notice in this language mentions them. That the last
        one is only in memory is always shown: no notice contains it."""
        self._translations = tr
        self._update_photos_status()

    def _update_photos_status(self) -> None:
        notice_text = message_text(self._translations, self._notice) if self._notice is not None else ""
        self.photos_status.set_key(self._photos_key)
        self.photos_status.setHidden(self._photos_key != NOT_ON_DISK and mentions_photos(notice_text))

    def clear(self) -> None:
        self._notice = None
        self.headline.clear()
        self.explanation.clear()
        self.photos_status.clear()

    def update_layout(self, scale: Scale) -> None:
        self.icon.resize_to(scale.px(120))
        self._card.update_layout(scale, padding=64, spacing=0)
        fill_layout(
            self._card.box,
            scale,
            (self.icon, Qt.AlignLeft),
            28,
            self.title,
            8,
            self.headline,
            24,
            self.explanation,
            28,
            self.photos_status,
            16,
            self.resumes,
        )
        self._buttons_box.setSpacing(scale.px(28))
        fill_layout(self._buttons_box, scale, self.leave_button, (self.help_button, 1), (self.retry_button, 1))
        side = 80 if scale.tall else 280
        self._box.setContentsMargins(scale.px(side), scale.px(10), scale.px(side), scale.px(64))
        fill_layout(self._box, scale, 1.0, self._card, 40, self._buttons, 20, self.help_contact, 1.0)
