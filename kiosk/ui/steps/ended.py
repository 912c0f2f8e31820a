"""The screen after an abandoned visit: what happened to the photos, and what to do."""

from __future__ import annotations

import math

from PyQt5.QtCore import Qt, pyqtSignal

from kiosk.ui.base import Card, Screen, column, fill_layout
from kiosk.ui.painting.icons import Icon
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.sentences import first_sentence, other_sentences
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts


class EndedScreen(Screen):
    """Shows no name, because the next person may stand in front of it."""

    finished = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("ended")
        self.icon = Icon("exclamation")
        self.headline = Label(role="title")
        self.headline.text_filter = first_sentence
        self.explanation = Label(role="lead")
        self.explanation.text_filter = other_sentences
        self.seconds = Label(role="small", centred=True)
        self.finish = Button("screen.ended.finish", "ended_finish", "primary")
        self.finish.clicked.connect(self.finished)
        self._card = Card("plain")
        self._box = column(self)

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        self.headline.set_message(visit.notice)
        self.explanation.set_message(visit.notice)
        seconds_left = max(0, math.ceil(timeouts.ended - (now - max(visit.since, visit.touched_at))))
        self.seconds.set_key("screen.ended.seconds", seconds=seconds_left)

    def clear(self) -> None:
        self.headline.clear()
        self.explanation.clear()

    def update_layout(self, scale: Scale) -> None:
        self.icon.resize_to(scale.px(120))
        self._card.update_layout(scale, padding=64, spacing=0)
        fill_layout(self._card.box, scale, (self.icon, Qt.AlignLeft), 28, self.headline, 24, self.explanation)
        side = 80 if scale.tall else 280
        self._box.setContentsMargins(scale.px(side), scale.px(10), scale.px(side), scale.px(64))
        fill_layout(self._box, scale, 1.0, self._card, 40, self.finish, 20, self.seconds, 1.0)
