"""Says why a visit ended that nobody went on with: what became of the photos, and what to do."""

from __future__ import annotations

import math

from PyQt5.QtCore import Qt, pyqtSignal

from kiosk.ui.base import Card, Screen, column, fill
from kiosk.ui.painting.drawing import Sign
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.sentences import first_sentence, other_sentences
from kiosk.ui.widgets.translated import Button, Text
from kiosk.visit.state import VisitTimeouts, VisitState


class EndedScreen(Screen):
    """Names nobody: the next person may be standing before it."""

    finished = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("ended")
        self.sign = Sign("exclamation")
        self.what = Text(role="title")
        self.what.shape = first_sentence
        self.rest = Text(role="lead")
        self.rest.shape = other_sentences
        self.seconds = Text(role="small", centred=True)
        self.finish = Button("screen.ended.finish", "ended_finish", "primary")
        self.finish.clicked.connect(self.finished)
        self._card = Card("plain")
        self._box = column(self)

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        self.what.tell(sitting.notice)
        self.rest.tell(sitting.notice)
        left = max(0, math.ceil(pace.ended - (now - max(sitting.since, sitting.touched_at))))
        self.seconds.say("screen.ended.seconds", seconds=left)

    def wipe(self) -> None:
        self.what.wipe()
        self.rest.wipe()

    def arrange(self, scale: Scale) -> None:
        self.sign.resize_to(scale.px(120))
        self._card.arrange(scale, inside=64, between=0)
        fill(self._card.box, scale, (self.sign, Qt.AlignLeft), 28, self.what, 24, self.rest)
        side = 80 if scale.tall else 280
        self._box.setContentsMargins(scale.px(side), scale.px(10), scale.px(side), scale.px(64))
        fill(self._box, scale, 1.0, self._card, 40, self.finish, 20, self.seconds, 1.0)
