"""Why the last shot has to be taken again: large, and long enough to be read."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QWidget

from config.i18n import Message
from kiosk.ui.base import Card, column
from kiosk.ui.painting.drawing import Sign
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Text
from kiosk.visit.state import Step, VisitState

# Our reasons have up to 35 words; at 4 words a second, read silently, that is 9 s.
SHOWN_MS: Final = 9_000


class ShotNotice(Card):
    """Stays while the sitting gives the reason and, if the next countdown takes it away sooner, for SHOWN_MS at least;
    the next shot ends it."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("care", across=True)
        self.setObjectName("shot_notice")
        self.sign = Sign("exclamation")
        self.title = Text("screen.pose.refused", "strong")
        self.text = Text(role="notice")
        words = QWidget()
        self._words = column(words)
        self._words.addWidget(self.title)
        self._words.addWidget(self.text)
        self.box.addWidget(self.sign, 0, Qt.AlignTop)
        self.box.addWidget(words, 1)
        self.time = QTimer(self)
        self.time.setSingleShot(True)
        self.time.setInterval(SHOWN_MS)
        self.time.timeout.connect(self._look_again)
        self._reason: Message | None = None
        self._stands = False
        self.hide()

    def show_sitting(self, sitting: VisitState) -> None:
        if sitting.step is Step.SHOOT:
            self.wipe()
            return
        self._stands = sitting.notice is not None
        if sitting.notice is not None and sitting.notice != self._reason:
            self._reason = sitting.notice
            self.text.tell(sitting.notice)
            self.time.start()
        self._look_again()

    def wipe(self) -> None:
        self.time.stop()
        self._reason, self._stands = None, False
        self.text.wipe()
        self.hide()

    def arrange(self, scale: Scale, inside: float = 28, between: float = 20) -> None:
        super().arrange(scale, inside, between)
        self.sign.resize_to(scale.px(52))
        self._words.setSpacing(scale.px(6))

    def _look_again(self) -> None:
        hidden = not (self._stands or self.time.isActive())
        if hidden != self.isHidden():
            self.setHidden(hidden)
            self.changed.emit()
