"""The screen before posing: questions that no metric can answer, confirmed with one touch."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QGridLayout, QWidget

from kiosk.guidance.coaching.prompts import prompts
from kiosk.ui.base import Screen, column, fill_layout, row
from kiosk.ui.painting.pictogram import Pictogram
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.icon_card import IconCard
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts


class PrepareScreen(Screen):
    prepared = pyqtSignal()
    leave_requested = pyqtSignal()

    def __init__(self, ui_settings: UiSettings) -> None:
        super().__init__("prepare")
        self.title = Label("screen.prepare.title", "title")
        self.lead = Label("screen.prepare.lead", "lead")
        self.cards = {name: _create_card(name) for name in prompts(ui_settings.standard)}
        self.ready = Button("screen.prepare.ready", "ready", "primary")
        self.leave = Button("screen.leave", "prepare_leave", "quiet")
        self.ready.clicked.connect(self.prepared)
        self.leave.clicked.connect(self.leave_requested)
        self._scale: Scale | None = None
        self._shown_cards: tuple[str, ...] = tuple(self.cards)
        self._grid = QWidget()
        self._grid_box = QGridLayout(self._grid)
        self._buttons = QWidget()
        self._buttons_box = row(self._buttons)
        self._box = column(self)

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        shown_cards = tuple(name for name in self.cards if name in visit.questions)
        if shown_cards != self._shown_cards:
            self._shown_cards = shown_cards
            self._place_cards()

    def update_layout(self, scale: Scale) -> None:
        self._scale = scale
        for card in self.cards.values():
            card.update_layout(scale)
        self._place_cards()
        self._buttons_box.setSpacing(scale.px(32))
        fill_layout(self._buttons_box, scale, (self.leave, 2), (self.ready, 3))
        side = 90 if scale.tall else 140
        self._box.setContentsMargins(scale.px(side), scale.px(10), scale.px(side), scale.px(64))
        fill_layout(self._box, scale, 1.0, self.title, 8, self.lead, 36, self._grid, 44, self._buttons, 1.0)

    def _place_cards(self) -> None:
        """Lay out the cards of the questions in rows; the others are hidden."""
        if self._scale is None:
            return
        self._grid_box.setContentsMargins(0, 0, 0, 0)
        self._grid_box.setSpacing(self._scale.px(24))
        columns = 2 if self._scale.tall else 3
        for name, card in self.cards.items():
            self._grid_box.removeWidget(card)
            card.setVisible(name in self._shown_cards)
        for place, name in enumerate(self._shown_cards):
            self._grid_box.addWidget(self.cards[name], place // columns, place % columns)
        for place in range(3):
            self._grid_box.setColumnStretch(place, int(place < columns))


def _create_card(name: str) -> IconCard:
    """Return a card with a drawing and a short text."""
    title = Label(f"screen.prepare.{name}", "strong")
    return IconCard(Pictogram(name), 132, title, Label(f"screen.prepare.{name}.more", "small"))
