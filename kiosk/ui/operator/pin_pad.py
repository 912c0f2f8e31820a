"""The way into the operator page: five taps in the corner, then the PIN."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QMouseEvent, QPainter
from PyQt5.QtWidgets import QBoxLayout, QGridLayout, QPushButton, QWidget

from config.i18n import Message
from kiosk.identification.attempts import AttemptCounters, AttemptLimit
from kiosk.ui.base import Card, column, fill
from kiosk.ui.operator.pin import pin_is
from kiosk.ui.painting.drawing import painter_on
from kiosk.ui.theme import Scale, colour
from kiosk.ui.widgets.translated import Button, Text

Clock = Callable[[], float]
TAPS: Final = 5
TAP_SECONDS: Final = 4.0
LONGEST: Final = 12
LIMIT: Final = AttemptLimit(tries=3, pause=30.0, max_pause=3_600.0, reset_after=30 * 86_400.0)
"""After eight rounds of three a try every twenty minutes is left: a million PINs of six digits then take decades."""
_PIN: Final = "pin"


class Corner(QWidget):
    """An unseen square in the top left corner that counts quick taps."""

    called = pyqtSignal()

    def __init__(self, parent: QWidget, clock: Clock = time.monotonic) -> None:
        super().__init__(parent)
        self.setObjectName("corner")
        self._clock = clock
        self._taps: list[float] = []

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._tap()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Quick taps arrive as press, double click, press, double click (measured).
        self._tap()

    def _tap(self) -> None:
        now = self._clock()
        self._taps = [at for at in self._taps if now - at < TAP_SECONDS] + [now]
        if len(self._taps) >= TAPS:
            self._taps = []
            self.called.emit()


class Dots(QWidget):
    """How many digits have been typed; never which."""

    count = 0

    def show_count(self, count: int) -> None:
        self.count = count
        self.update()

    def paintEvent(self, event: object) -> None:
        painter: QPainter = painter_on(self)
        painter.setPen(Qt.NoPen)
        step = self.height() * 0.9
        left = self.width() / 2 - step * (max(4, self.count) - 1) / 2
        for k in range(max(4, self.count)):
            painter.setBrush(colour("accent") if k < self.count else colour("line"))
            radius = self.height() * 0.2
            painter.drawEllipse(
                round(left + k * step - radius), round(self.height() / 2 - radius), *(2 * [round(2 * radius)])
            )


class PinPad(QWidget):
    """Ten digits in the window itself: without a window manager a dialog would never get the focus back (measured)."""

    right = pyqtSignal()
    closed = pyqtSignal()

    def __init__(self, pin_hash: str, attempts: AttemptCounters | None = None) -> None:
        super().__init__()
        self.setObjectName("pinpad")
        self.setAttribute(Qt.WA_StyledBackground)
        self._hash, self._attempts = pin_hash, attempts or AttemptCounters(None, time.time)
        self._typed = ""
        self._card = Card()
        self.title = Text("screen.pin.title", "title", centred=True)
        self.says = Text("screen.pin.lead", "lead", centred=True)
        self.dots = Dots()
        self.keys: dict[str, QPushButton] = {}
        self._grid = QGridLayout()
        for place, digit in enumerate("123456789"):
            self._grid.addWidget(self._digit(digit), place // 3, place % 3)
        self.back = Button("screen.pin.erase", "pin_erase", "digit")
        self.enter = Button("screen.pin.enter", "pin_enter", "primary")
        self.cancel = Button("screen.back", "pin_cancel", "quiet")
        self._grid.addWidget(self.back, 3, 0)
        self._grid.addWidget(self._digit("0"), 3, 1)
        self._grid.addWidget(self.enter, 3, 2)
        self.back.clicked.connect(self._erase)
        self.enter.clicked.connect(self._try)
        self.cancel.clicked.connect(self.closed)
        self._pad = QWidget()
        self._pad.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._words = QWidget()
        self._words_box = column(self._words)
        self._box = column(self)

    def reset(self) -> None:
        self._type("")
        self.says.say("screen.pin.lead" if self._hash else "screen.pin.none")

    def arrange(self, scale: Scale) -> None:
        self._card.arrange(scale, inside=44, between=0)
        self._grid.setSpacing(scale.px(18))
        self.dots.setFixedHeight(scale.px(64))
        self.enter.setStyleSheet(f"padding: 0; font-size: {scale.px(32)}px")
        self.back.setStyleSheet(f"font-size: {scale.px(32)}px")
        words = (self.title, 4, self.says, 12, self.dots)
        if scale.tall:
            fill(self._words_box, scale, *words)
            fill(self._card.box, scale, self._words, 12, self._pad, 12, self.cancel)
        else:
            fill(self._words_box, scale, 1.0, *words, 1.0, self.cancel)
            fill(self._card.box, scale, (self._words, 1), 48, self._pad)
        self._card.box.setDirection(QBoxLayout.TopToBottom if scale.tall else QBoxLayout.LeftToRight)
        self._card.setFixedWidth(scale.px(640) if scale.tall else max(scale.px(1100), 820))
        self._box.setContentsMargins(0, scale.px(24), 0, scale.px(32))
        fill(self._box, scale, 1.0, (self._card, Qt.AlignHCenter), 1.0)

    def _digit(self, digit: str) -> QPushButton:
        key = QPushButton(digit)
        key.setObjectName(f"digit_{digit}")
        key.setProperty("kind", "digit")
        key.setFocusPolicy(Qt.NoFocus)
        key.clicked.connect(lambda: self._type((self._typed + digit)[:LONGEST]))
        self.keys[digit] = key
        return key

    def _type(self, typed: str) -> None:
        self._typed = typed
        self.dots.show_count(len(typed))

    def _erase(self) -> None:
        self._type(self._typed[:-1])

    def _try(self) -> None:
        typed = self._typed
        self._type("")
        wait = self._attempts.seconds_to_wait(_PIN, LIMIT)
        if not self._hash:
            return
        if not wait and pin_is(typed, self._hash):
            self._attempts.reset(_PIN)
            self.right.emit()
            return
        wait = wait or self._attempts.record_failure(_PIN, LIMIT)
        if wait:
            self.says.say("screen.pin.rest", time=time_left(wait))
        else:
            self.says.say("screen.pin.wrong", left=self._attempts.tries_left(_PIN, LIMIT))


def time_left(seconds: float) -> Message:
    """A pause in words: seconds up to two minutes, then minutes."""
    if seconds <= 120:
        return Message("screen.pin.seconds", {"number": math.ceil(seconds)})
    return Message("screen.pin.minutes", {"number": math.ceil(seconds / 60)})
