"""The trouble screen: what happened, what it means, what to do."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QWidget

from config.i18n import Message, Translations, translations
from kiosk.ui.base import Card, Screen, column, fill, row
from kiosk.ui.painting.drawing import Sign
from kiosk.ui.steps.trouble_table import offer_for, says_it_already
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import Look
from kiosk.ui.widgets.sentences import first_sentence, other_sentences
from kiosk.ui.widgets.translated import Button, Text, said
from kiosk.visit.state import VisitTimeouts, VisitState


class TroubleScreen(Screen):
    retried = pyqtSignal()
    left = pyqtSignal()
    help_asked = pyqtSignal()

    def __init__(self, look: Look) -> None:
        super().__init__("trouble")
        self.sign = Sign("exclamation")
        self.title = Text("screen.trouble.title", "lead")
        self.what = Text(role="title")
        self.what.setObjectName("trouble_what")
        self.what.shape = first_sentence
        self.rest = Text(role="lead")
        self.rest.shape = other_sentences
        self.safe = Text(role="good")
        self.goes_on = Text("screen.trouble.goes_on", "strong")
        self.goes_on.hide()
        self._notice: Message | None = None
        self._photos, self._words = "screen.trouble.nothing_taken", translations()
        self.help = Text(role="small")
        self.help.write(look.help)
        self.retry = Button("screen.trouble.retry", "retry", "primary")
        self.call = Button("screen.help", "call")
        self.leave = Button("screen.leave", "trouble_leave", "quiet")
        self.retry.clicked.connect(self.retried)
        self.leave.clicked.connect(self.left)
        self.call.clicked.connect(self.help_asked)
        self._card = Card("plain")
        self._buttons = QWidget()
        self._buttons_box = row(self._buttons)
        self._box = column(self)

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        self._notice = sitting.notice
        self.what.tell(sitting.notice)
        self.rest.tell(sitting.notice)
        offer = offer_for(sitting)
        self.retry.setVisible(offer.retry)
        self.goes_on.setVisible(offer.goes_on)
        self._photos = offer.photos
        self._tell_photos()

    def speak(self, language: Translations) -> None:
        """Called before the labels are spoken to: what the sentence says in this language decides."""
        self._words = language
        self._tell_photos()

    def _tell_photos(self) -> None:
        own = said(self._words, self._notice) if self._notice is not None else ""
        self.safe.say(self._photos)
        self.safe.setHidden(says_it_already(own))

    def wipe(self) -> None:
        self._notice = None
        self.what.wipe()
        self.rest.wipe()
        self.safe.wipe()

    def arrange(self, scale: Scale) -> None:
        self.sign.resize_to(scale.px(120))
        self._card.arrange(scale, inside=64, between=0)
        fill(
            self._card.box,
            scale,
            (self.sign, Qt.AlignLeft),
            28,
            self.title,
            8,
            self.what,
            24,
            self.rest,
            28,
            self.safe,
            16,
            self.goes_on,
        )
        self._buttons_box.setSpacing(scale.px(28))
        fill(self._buttons_box, scale, self.leave, (self.call, 1), (self.retry, 1))
        side = 80 if scale.tall else 280
        self._box.setContentsMargins(scale.px(side), scale.px(10), scale.px(side), scale.px(64))
        fill(self._box, scale, 1.0, self._card, 40, self._buttons, 20, self.help, 1.0)
