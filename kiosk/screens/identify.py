"""The screen that waits for an identity card or a code, and asks whom a code names whether it is they."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QBoxLayout, QWidget

from kiosk.screens.card_picture import CardPicture
from kiosk.screens.code_view import CodeView
from kiosk.screens.look import CodeWay, Look
from kiosk.screens.screen import Halves, Notice, fill
from kiosk.screens.speech import Button, Text
from kiosk.screens.theme import Scale
from kiosk.sitting import Pace, Sitting

_WORDS: Final[dict[CodeWay, tuple[str, str]]] = {
    "": ("screen.identify.title", "screen.identify.lead"),
    "camera": ("screen.identify.camera.title", "screen.identify.camera.lead"),
    "scanner": ("screen.identify.scanner.title", "screen.identify.scanner.lead"),
}
_WHO: Final = ("screen.identify.who.title", "screen.identify.who.lead")


class IdentifyScreen(Halves):
    """With a camera that reads codes, a small mirror stands below the card. A code alone proves nobody's presence:
    while the sitting `asks_who`, the masked name and two buttons are there, and no digit of a number: whoever holds
    somebody else's code must not learn one."""

    left = pyqtSignal()
    confirmed = pyqtSignal()
    denied = pyqtSignal()

    def __init__(self, look: Look) -> None:
        super().__init__("identify")
        self._words_of_way = _WORDS[look.codes]
        self.code_view = CodeView() if look.codes == "camera" else None
        self.picture = QWidget()
        self.card = CardPicture()
        self._picture_box = QBoxLayout(QBoxLayout.TopToBottom, self.picture)
        self._picture_box.setContentsMargins(0, 0, 0, 0)
        self.title = Text(role="title")
        self.name = Text(role="hint")
        self.name.setObjectName("asked_name")
        self.lead = Text(role="lead")
        self.privacy = Text("screen.identify.privacy", "small")
        self.notice = Notice("card_notice")
        self.yes = Button("screen.identify.who.yes", "identify_yes", "primary")
        self.no = Button("screen.identify.who.no", "identify_no", "plain")
        self.back = Button("screen.back", "identify_back", "quiet")
        self.yes.clicked.connect(self.confirmed)
        self.no.clicked.connect(self.denied)
        self.back.clicked.connect(self.left)
        self._ask(False)

    def show_sitting(self, sitting: Sitting, now: float, pace: Pace) -> None:
        self.notice.setVisible(sitting.notice is not None)
        self.notice.text.tell(sitting.notice)
        self._ask(sitting.asks_who)
        if sitting.asks_who and sitting.sitter is not None:
            self.name.write(sitting.sitter.name)
        else:
            self.name.wipe()

    def show_frame(self, pixels: NDArray[np.uint8]) -> None:
        """A live frame, RGB; of no use where the camera reads no codes, or while a name is being asked about."""
        if self.code_view is not None and self.yes.isHidden():
            self.code_view.show_frame(pixels)

    def wipe(self) -> None:
        self.notice.text.wipe()
        self.notice.hide()
        self._ask(False)
        self.name.wipe()
        if self.code_view is not None:
            self.code_view.clear()

    def leave_off(self) -> None:
        if self.code_view is not None:
            self.code_view.clear()

    def arrange(self, scale: Scale) -> None:
        side = self.align(scale, self.title, self.name, self.lead, self.privacy)
        self.notice.arrange(scale)
        asked = (self.name, 24, self.lead, 40, self.notice, 40, self.yes, 24, self.no, 24, self.privacy, 48)
        self.put_words(scale, self.title, 24, *asked, (self.back, side))
        self._picture_box.setDirection(QBoxLayout.LeftToRight if scale.tall else QBoxLayout.TopToBottom)
        self._picture_box.setSpacing(scale.px(28))
        fill(self._picture_box, scale, (self.card, 5), *(((self.code_view, 6),) if self.code_view else ()))
        self.halve(scale, self.picture)

    def _ask(self, asking: bool) -> None:
        title, lead = _WHO if asking else self._words_of_way
        self.title.say(title)
        self.lead.say(lead)
        for part in (self.name, self.yes, self.no):
            part.setVisible(asking)
        self.privacy.setVisible(not asking)
        if self.code_view is not None:
            self.code_view.setVisible(not asking)
            if asking:
                self.code_view.clear()
