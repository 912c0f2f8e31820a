"""The consent screen: what is recorded, why, where it goes and for how long, in plain words (PIPL art. 17, 29)."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QGridLayout, QWidget

from config.i18n import Message
from kiosk.ui.base import Screen, column, fill_layout, row
from kiosk.ui.painting.icons import Icon
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.icon_card import IconCard
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.sitter import Sitter
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts

_QUESTION_ICONS: Final = {"what": "camera", "why": "why", "where": "where", "retention": "retention"}


class ConsentScreen(Screen):
    consented = pyqtSignal()
    declined = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("consent")
        self.name = Label(role="accent")
        self.name.setObjectName("sitter_name")
        self.title = Label("screen.consent.title", "title")
        self.points = [_create_point(point, icon) for point, icon in _QUESTION_ICONS.items()]
        self.rights = Label("screen.consent.rights", "small")
        self.agree = Button("screen.consent.agree", "agree", "primary")
        self.decline = Button("screen.consent.decline", "decline", "quiet")
        self.agree.clicked.connect(self.consented)
        self.decline.clicked.connect(self.declined)
        self._grid = QWidget()
        self._grid_box = QGridLayout(self._grid)
        self._buttons = QWidget()
        self._buttons_box = row(self._buttons)
        self._box = column(self)

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        if visit.sitter is not None:
            self.name.set_message(_greeting(visit.sitter))

    def clear(self) -> None:
        self.name.clear()

    def update_layout(self, scale: Scale) -> None:
        for point in self.points:
            point.update_layout(scale, padding=28, spacing=32)
        self._grid_box.setContentsMargins(0, 0, 0, 0)
        self._grid_box.setSpacing(scale.px(28))
        columns = 1 if scale.tall else 2
        for place, point in enumerate(self.points):
            self._grid_box.addWidget(point, place // columns, place % columns)
            self._grid_box.setColumnStretch(place, int(place < columns))
        self._buttons_box.setSpacing(scale.px(32))
        fill_layout(self._buttons_box, scale, (self.decline, 2), (self.agree, 3))
        side = 90 if scale.tall else 140
        self._box.setContentsMargins(scale.px(side), scale.px(10), scale.px(side), scale.px(64))
        head = (self.name, 8, self.title, 36)
        fill_layout(self._box, scale, 1.0, *head, self._grid, 28, self.rights, 40, self._buttons, 1.0)


def _greeting(sitter: Sitter) -> Message:
    """Return the greeting; it contains the last four characters of the number only for a card, which shows them too."""
    if not sitter.last_four:
        return Message("screen.consent.you_named", {"name": sitter.name})
    return Message("screen.consent.you", {"name": sitter.name, "last_four": sitter.last_four})


def _create_point(point: str, icon: str) -> IconCard:
    """Return one question and its answer."""
    question = Label(f"screen.consent.{point}.question", "strong")
    return IconCard(Icon(icon), 84, question, Label(f"screen.consent.{point}.answer", "body"))
