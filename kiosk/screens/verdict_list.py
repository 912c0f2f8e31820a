"""The verdicts of a portrait, in words: what is not right first, with its reason; what passed after it, in brief."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtWidgets import QFrame, QGridLayout, QScrollArea, QScroller, QSizePolicy, QWidget

from config.words import Words, words
from kiosk.guidance.verdict import Outcome, Verdict
from kiosk.screens.drawing import Sign
from kiosk.screens.screen import Card, column
from kiosk.screens.speech import Text, speak_all
from kiosk.screens.theme import Scale
from kiosk.sitting import Saying

SIGNS: Final = {
    Outcome.PASS: "tick",
    Outcome.FAIL: "cross",
    Outcome.UNSURE: "question",
    Outcome.NOT_MEASURED: "dash",
}
_ORDER: Final = (Outcome.FAIL, Outcome.UNSURE, Outcome.PASS, Outcome.NOT_MEASURED)


class VerdictList(QScrollArea):
    """Scrolls under a finger when there are more rules than room."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("verdicts")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.NoFocus)
        QScroller.grabGesture(self.viewport(), QScroller.LeftMouseButtonGesture)
        self._verdicts: tuple[Verdict, ...] = ()
        self._scale = Scale(1.0, False)
        self._words = words()
        self._fill()

    def sizeHint(self) -> QSize:
        """Small, whatever it holds: it scrolls, and must not make the letters around it smaller."""
        return QSize(300, self._scale.px(330))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        if tuple(verdicts) != self._verdicts:
            self._verdicts = tuple(verdicts)
            self._fill()

    def arrange(self, scale: Scale) -> None:
        if scale != self._scale:
            self._scale = scale
            self._fill()

    def speak(self, language: Words) -> None:
        self._words = language

    def wipe(self) -> None:
        self.show_verdicts(())

    def _fill(self) -> None:
        inside = QWidget()
        box = column(inside)
        box.setSpacing(self._scale.px(14))
        ordered = sorted(self._verdicts, key=_urgency)
        for verdict in ordered:
            if verdict.outcome in (Outcome.FAIL, Outcome.UNSURE):
                box.addWidget(_Reason(verdict, self._scale))
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._scale.px(40))
        grid.setVerticalSpacing(self._scale.px(8))
        brief = [v for v in ordered if v.outcome in (Outcome.PASS, Outcome.NOT_MEASURED)]
        for place, verdict in enumerate(brief):
            grid.addWidget(_Brief(verdict, self._scale), place // 2, place % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        box.addLayout(grid)
        box.addStretch(1)
        self.setWidget(inside)
        speak_all(inside, self._words)


def _urgency(verdict: Verdict) -> tuple[int, bool]:
    """What is wrong first; among the rest, what a person can see before the exact facts of the file."""
    return _ORDER.index(verdict.outcome), verdict.low is not None and verdict.low == verdict.high


class _Reason(Card):
    """A rule that is broken or in doubt: its name, the value beside its band, and the reason."""

    def __init__(self, verdict: Verdict, scale: Scale) -> None:
        broken = verdict.outcome is Outcome.FAIL
        super().__init__("bad" if broken else "care", across=True)
        self.arrange(scale, inside=24, between=20)
        words_of_it = QWidget()
        lines = column(words_of_it)
        name = Text(f"rule.{verdict.rule}", "strong")
        lines.addWidget(name)
        if verdict.reason:
            lines.addWidget(Text(verdict.reason, "small"))
        figures = Text(role="smallstrong", wrap=False)
        figures.tell(figure(verdict))
        self.box.addWidget(Sign(SIGNS[verdict.outcome], scale.px(48)), 0, Qt.AlignVCenter)
        self.box.addWidget(words_of_it, 1)
        self.box.addWidget(figures, 0, Qt.AlignVCenter)


class _Brief(QWidget):
    """A rule that is kept, or that could not be measured."""

    def __init__(self, verdict: Verdict, scale: Scale) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Minimum)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(scale.px(16))
        grid.setVerticalSpacing(0)
        grid.addWidget(Sign(SIGNS[verdict.outcome], scale.px(44)), 0, 0, 2, 1, Qt.AlignVCenter)
        grid.addWidget(Text(f"rule.{verdict.rule}", "smallstrong"), 0, 1)
        below = Text(role="tiny")
        below.tell(figure(verdict))
        grid.addWidget(below, 1, 1)
        grid.setColumnStretch(1, 1)


def figure(verdict: Verdict) -> Saying:
    """The value and its band as a saying: `242 px, wanted 180 to 300`."""
    if verdict.value is None:
        return Saying(verdict.reason or "screen.review.not_measured")
    times, unit = _UNITS.get(verdict.unit, (1.0, ""))
    value, low, high = (None if x is None else _number(x * times) for x in (verdict.value, verdict.low, verdict.high))
    if low == high:
        return Saying("screen.review.exact", {"value": value, "unit": unit, "low": low})
    if low is None:
        return Saying("screen.review.at_most", {"value": value, "unit": unit, "high": high})
    if high is None:
        return Saying("screen.review.at_least", {"value": value, "unit": unit, "low": low})
    return Saying("screen.review.between", {"value": value, "unit": unit, "low": low, "high": high})


# How a unit of a standard is shown: the factor and the sign. A plain ratio or level has none.
_UNITS: Final = {
    "px": (1.0, " px"),
    "deg": (1.0, "°"),
    "share": (100.0, "%"),
    "byte": (0.001, " KB"),
    "dpi": (1.0, " dpi"),
}


def _number(value: float) -> str:
    """Three figures at most, and no needless zeros: 242, 3.5, 0.12."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.1f}"
