"""The screen before posing: what no measure sees is asked of the sitter, at a glance and with one touch."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QGridLayout, QWidget

from kiosk.guidance.coaching.questions import prompts
from kiosk.ui.base import Card, Screen, column, fill, row
from kiosk.ui.painting.pictogram import Pictogram
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import Look
from kiosk.ui.widgets.translated import Button, Text
from kiosk.visit.state import VisitTimeouts, VisitState


class PrepareScreen(Screen):
    prepared = pyqtSignal()
    left = pyqtSignal()

    def __init__(self, look: Look) -> None:
        super().__init__("prepare")
        self.title = Text("screen.prepare.title", "title")
        self.lead = Text("screen.prepare.lead", "lead")
        self.cards = {name: _Question(name) for name in prompts(look.standard)}
        self.ready = Button("screen.prepare.ready", "ready", "primary")
        self.leave = Button("screen.leave", "prepare_leave", "quiet")
        self.ready.clicked.connect(self.prepared)
        self.leave.clicked.connect(self.left)
        self._scale: Scale | None = None
        self._shown: tuple[str, ...] = tuple(self.cards)
        self._grid = QWidget()
        self._grid_box = QGridLayout(self._grid)
        self._buttons = QWidget()
        self._buttons_box = row(self._buttons)
        self._box = column(self)

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        asked = tuple(name for name in self.cards if name in sitting.questions)
        if asked != self._shown:
            self._shown = asked
            self._place()

    def arrange(self, scale: Scale) -> None:
        self._scale = scale
        for card in self.cards.values():
            card.arrange(scale)
        self._place()
        self._buttons_box.setSpacing(scale.px(32))
        fill(self._buttons_box, scale, (self.leave, 2), (self.ready, 3))
        side = 90 if scale.tall else 140
        self._box.setContentsMargins(scale.px(side), scale.px(10), scale.px(side), scale.px(64))
        fill(self._box, scale, 1.0, self.title, 8, self.lead, 36, self._grid, 44, self._buttons, 1.0)

    def _place(self) -> None:
        """The cards that are asked, in rows; the others are hidden."""
        if self._scale is None:
            return
        self._grid_box.setContentsMargins(0, 0, 0, 0)
        self._grid_box.setSpacing(self._scale.px(24))
        columns = 2 if self._scale.tall else 3
        for name, card in self.cards.items():
            self._grid_box.removeWidget(card)
            card.setVisible(name in self._shown)
        for place, name in enumerate(self._shown):
            self._grid_box.addWidget(self.cards[name], place // columns, place % columns)
        for place in range(3):
            self._grid_box.setColumnStretch(place, int(place < columns))


class _Question(Card):
    """A drawing and a few words."""

    def __init__(self, name: str) -> None:
        super().__init__("plain", across=True)
        self.picture = Pictogram(name)
        self.title = Text(f"screen.prepare.{name}", "strong")
        self.more = Text(f"screen.prepare.{name}.more", "small")
        words = QWidget()
        self._words = column(words)
        self._words.addStretch(1)
        self._words.addWidget(self.title)
        self._words.addWidget(self.more)
        self._words.addStretch(1)
        self.box.addWidget(self.picture, 0, Qt.AlignVCenter)
        self.box.addWidget(words, 1)

    def arrange(self, scale: Scale, inside: float = 24, between: float = 24) -> None:
        super().arrange(scale, inside, between)
        self.picture.resize_to(scale.px(132))
        self._words.setSpacing(scale.px(4))
