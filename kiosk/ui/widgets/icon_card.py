"""A card with a picture and two texts beside it."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QWidget

from kiosk.ui.base import Card, column
from kiosk.ui.painting.icons import Icon
from kiosk.ui.painting.pictogram import Pictogram
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Label


class IconCard(Card):
    """`side` is the width of the picture in design units."""

    def __init__(self, picture: Icon | Pictogram, side: float, title: Label, detail: Label) -> None:
        super().__init__("plain", horizontal=True)
        self._picture, self._side = picture, side
        texts = QWidget()
        self._text_layout = column(texts)
        self._text_layout.addStretch(1)
        self._text_layout.addWidget(title)
        self._text_layout.addWidget(detail)
        self._text_layout.addStretch(1)
        self.box.addWidget(picture, 0, Qt.AlignVCenter)
        self.box.addWidget(texts, 1)

    def update_layout(self, scale: Scale, padding: float = 24, spacing: float = 24) -> None:
        super().update_layout(scale, padding, spacing)
        self._picture.resize_to(scale.px(self._side))
        self._text_layout.setSpacing(scale.px(4))
