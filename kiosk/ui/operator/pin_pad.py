"""Access to the operator page: five taps in the corner, then the PIN."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QHideEvent, QMouseEvent, QPainter, QShowEvent
from PyQt5.QtWidgets import QBoxLayout, QGridLayout, QPushButton, QWidget

from config.i18n import Message
from kiosk.identification.attempts import AttemptCounters, AttemptLimit
from kiosk.ui.base import Card, column, fill_layout
from kiosk.ui.operator.pin import verify_pin
from kiosk.ui.painting.icons import create_painter
from kiosk.ui.theme import Scale, colour
from kiosk.ui.widgets.translated import Button, Label

Clock = Callable[[], float]
TAPS_TO_OPEN: Final = 5
TAP_WINDOW_S: Final = 4.0
MAX_PIN_DIGITS: Final = 12
IDLE_MS: Final = 60_000
PIN_LIMIT: Final = AttemptLimit(tries=3, pause=30.0, max_pause=3_600.0, reset_after=30 * 86_400.0)
"""After eight rounds of three tries, one try every twenty minutes is left: a million PINs of six digits take
decades."""
_ATTEMPTS_KEY: Final = "pin"


class HiddenCorner(QWidget):
    """An invisible square in the top left corner that counts quick taps."""

    tapped = pyqtSignal()

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
        self._taps = [at for at in self._taps if now - at < TAP_WINDOW_S] + [now]
        if len(self._taps) >= TAPS_TO_OPEN:
            self._taps = []
            self.tapped.emit()


class TypedDots(QWidget):
    """Shows how many digits were typed, never which."""

    count = 0

    def show_count(self, count: int) -> None:
        self.count = count
        self.update()

    def paintEvent(self, event: object) -> None:
        painter: QPainter = create_painter(self)
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
    """Ten digit keys in the window, because without a window manager a dialog never returns the focus (measured).

    It closes after IDLE_MS without a key: it covers the screens, also that of a student who comes later.
    """

    accepted = pyqtSignal()
    closed = pyqtSignal()

    def __init__(self, pin_hash: str, attempts: AttemptCounters | None = None) -> None:
        super().__init__()
        self.setObjectName("pinpad")
        self.setAttribute(Qt.WA_StyledBackground)
        self._hash, self._attempts = pin_hash, attempts or AttemptCounters(None, time.time)
        self._typed = ""
        self.idle_timer = QTimer(self)
        self.idle_timer.setSingleShot(True)
        self.idle_timer.setInterval(IDLE_MS)
        self.idle_timer.timeout.connect(self.closed)
        self._card = Card()
        self.title = Label("screen.pin.title", "title", centred=True)
        self.prompt = Label("screen.pin.lead", "lead", centred=True)
        self.dots = TypedDots()
        self.keys: dict[str, QPushButton] = {}
        self._grid = QGridLayout()
        for place, digit in enumerate("123456789"):
            self._grid.addWidget(self._create_digit_key(digit), place // 3, place % 3)
        self.erase_button = Button("screen.pin.erase", "pin_erase", "digit")
        self.enter = Button("screen.pin.enter", "pin_enter", "primary")
        self.cancel = Button("screen.back", "pin_cancel", "quiet")
        self._grid.addWidget(self.erase_button, 3, 0)
        self._grid.addWidget(self._create_digit_key("0"), 3, 1)
        self._grid.addWidget(self.enter, 3, 2)
        self.erase_button.clicked.connect(self._erase)
        self.enter.clicked.connect(self._submit)
        self.cancel.clicked.connect(self.closed)
        self._pad = QWidget()
        self._pad.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._text_column = QWidget()
        self._text_layout = column(self._text_column)
        self._box = column(self)

    def showEvent(self, event: QShowEvent) -> None:
        self.idle_timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self.idle_timer.stop()

    def reset(self) -> None:
        self._set_typed("")
        self.prompt.set_key("screen.pin.lead" if self._hash else "screen.pin.none")

    def update_layout(self, scale: Scale) -> None:
        self._card.update_layout(scale, padding=44, spacing=0)
        self._grid.setSpacing(scale.px(18))
        self.dots.setFixedHeight(scale.px(64))
        self.enter.setStyleSheet(f"padding: 0; font-size: {scale.px(32)}px")
        self.erase_button.setStyleSheet(f"font-size: {scale.px(32)}px")
        texts = (self.title, 4, self.prompt, 12, self.dots)
        if scale.tall:
            fill_layout(self._text_layout, scale, *texts)
            fill_layout(self._card.box, scale, self._text_column, 12, self._pad, 12, self.cancel)
        else:
            fill_layout(self._text_layout, scale, 1.0, *texts, 1.0, self.cancel)
            fill_layout(self._card.box, scale, (self._text_column, 1), 48, self._pad)
        self._card.box.setDirection(QBoxLayout.TopToBottom if scale.tall else QBoxLayout.LeftToRight)
        self._card.setFixedWidth(scale.px(640) if scale.tall else max(scale.px(1100), 820))
        self._box.setContentsMargins(0, scale.px(24), 0, scale.px(32))
        fill_layout(self._box, scale, 1.0, (self._card, Qt.AlignHCenter), 1.0)

    def _create_digit_key(self, digit: str) -> QPushButton:
        key = QPushButton(digit)
        key.setObjectName(f"digit_{digit}")
        key.setProperty("kind", "digit")
        key.setFocusPolicy(Qt.NoFocus)
        key.clicked.connect(lambda: self._set_typed((self._typed + digit)[:MAX_PIN_DIGITS]))
        self.keys[digit] = key
        return key

    def _set_typed(self, typed: str) -> None:
        self._typed = typed
        self.dots.show_count(len(typed))
        if self.isVisible():
            self.idle_timer.start()

    def _erase(self) -> None:
        self._set_typed(self._typed[:-1])

    def _submit(self) -> None:
        typed = self._typed
        self._set_typed("")
        wait = self._attempts.seconds_to_wait(_ATTEMPTS_KEY, PIN_LIMIT)
        if not self._hash:
            return
        if not wait and verify_pin(typed, self._hash):
            self._attempts.reset(_ATTEMPTS_KEY)
            self.accepted.emit()
            return
        wait = wait or self._attempts.record_failure(_ATTEMPTS_KEY, PIN_LIMIT)
        if wait:
            self.prompt.set_key("screen.pin.locked", time=pause_message(wait))
        else:
            self.prompt.set_key("screen.pin.wrong", left=self._attempts.tries_left(_ATTEMPTS_KEY, PIN_LIMIT))


def pause_message(seconds: float) -> Message:
    """Return a pause as text: seconds up to two minutes, then minutes."""
    if seconds <= 120:
        return Message("screen.pin.seconds", {"number": math.ceil(seconds)})
    return Message("screen.pin.minutes", {"number": math.ceil(seconds / 60)})
