"""What every screen is: it shows a sitting, follows the window's size, and forgets the person."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui.painting.drawing import Sign
from kiosk.ui.theme import Scale, style_sheet
from kiosk.ui.widgets.translated import Text
from kiosk.visit.state import VisitTimeouts, VisitState

_SMALLER: Final = (1.0, 0.93, 0.87, 0.81, 0.75, 0.69, 0.63, 0.57, 0.51, 0.45, 0.40)


def fit(widget: QWidget, scale: Scale, width: int, height: int) -> float:
    """Arranges `widget`, with its letters as much smaller as its words need in this language: none may be cut off.

    Returns the factor that was needed."""
    factor = 1.0
    for factor in _SMALLER:
        smaller = Scale(scale.unit * factor, scale.tall)
        sheet = "" if factor == 1.0 else style_sheet(smaller)
        if sheet != widget.styleSheet():
            widget.setStyleSheet(sheet)
        widget.arrange(smaller)  # type: ignore[attr-defined]
        if height_needed(widget, width) <= height and widget.layout().totalMinimumSize().width() <= width:
            break
    return factor


def height_needed(widget: QWidget, width: int) -> int:
    """How high the widget's layout wants to be at that width, asked afresh."""
    for child in widget.findChildren(QWidget):
        child.ensurePolished()
        child.updateGeometry()  # Qt keeps sizes of nested layouts until the event loop comes round
    layout = widget.layout()
    layout.invalidate()
    return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalMinimumSize().height()


class Screen(QWidget):
    """One step of the visit. Dumb: it shows what it is given and says what was touched."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        """Fills the screen; called on every change and about ten times a second."""

    def arrange(self, scale: Scale) -> None:
        """Lays the screen out for the size of the window."""

    def wipe(self) -> None:
        """Forgets the person."""

    def leave_off(self) -> None:
        """Another screen takes over."""


class Card(QFrame):
    """A rounded panel."""

    def __init__(self, kind: str = "plain", across: bool = False) -> None:
        super().__init__()
        self.setProperty("card", kind)
        self.box: QBoxLayout = QHBoxLayout(self) if across else QVBoxLayout(self)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Minimum)

    def arrange(self, scale: Scale, inside: float = 32, between: float = 16) -> None:
        edge = scale.px(inside)
        self.box.setContentsMargins(edge, scale.px(inside * 0.8), edge, scale.px(inside * 0.8))
        self.box.setSpacing(scale.px(between))


class Notice(Card):
    """A sentence with a sign that is there only while there is something to say."""

    def __init__(self, name: str, kind: str = "care", sign: str = "exclamation") -> None:
        super().__init__(kind, across=True)
        self.setObjectName(name)
        self.sign = Sign(sign)
        self.text = Text(role="notice")
        self.box.addWidget(self.sign, 0, Qt.AlignVCenter)
        self.box.addWidget(self.text, 1)
        self.hide()

    def arrange(self, scale: Scale, inside: float = 28, between: float = 20) -> None:
        super().arrange(scale, inside, between)
        self.sign.resize_to(scale.px(52))


Part = QWidget | int | float | tuple[QWidget, Qt.AlignmentFlag | int]
"""A widget, a widget with its alignment or (as int) its stretch, a gap in design units, or a float: a stretch."""


def fill(box: QBoxLayout, scale: Scale, *parts: Part) -> None:
    """Lays `parts` out afresh; gaps around what is hidden at the moment are up to the caller."""
    while box.count():
        box.takeAt(0)
    for part in parts:
        if isinstance(part, float):
            box.addStretch(round(part))
        elif isinstance(part, int):
            box.addSpacing(scale.px(part))
        elif isinstance(part, tuple):
            widget, how = part
            if isinstance(how, Qt.AlignmentFlag):
                box.addWidget(widget, 0, how)
            else:
                box.addWidget(widget, how)
        else:
            box.addWidget(part)


class Halves(Screen):
    """A screen of a picture and words: side by side on a lying window, picture above words on a standing one."""

    def __init__(self, name: str, picture_first: bool = True) -> None:
        super().__init__(name)
        self._picture_first = picture_first
        self._words = QWidget()
        self.words_box = column(self._words)
        self._rows = QBoxLayout(QBoxLayout.LeftToRight, self)

    def halve(self, scale: Scale, picture: QWidget, shares: tuple[int, int] = (1, 1), gap: int = 80) -> None:
        self._rows.setDirection(QBoxLayout.TopToBottom if scale.tall else QBoxLayout.LeftToRight)
        parts = [(picture, shares[0]), (self._words, shares[1])]
        fill(self._rows, scale, *(parts if scale.tall or self._picture_first else reversed(parts)))
        edge = scale.px(90 if scale.tall else 120)
        self._rows.setContentsMargins(edge, scale.px(20), edge, scale.px(60))
        self._rows.setSpacing(scale.px(gap))

    def put_words(self, scale: Scale, *parts: Part) -> None:
        """Words stand in the middle beside a picture, and close under one."""
        fill(self.words_box, scale, 0.0 if scale.tall else 1.0, *parts, 1.0)

    @staticmethod
    def align(scale: Scale, *texts: Text) -> Qt.AlignmentFlag:
        """Words stand left beside a picture and centred below one."""
        side = Qt.AlignHCenter if scale.tall else Qt.AlignLeft
        for text in texts:
            text.setAlignment(side | Qt.AlignVCenter)
        return side


def column(parent: QWidget | None = None) -> QVBoxLayout:
    box = QVBoxLayout(parent) if parent else QVBoxLayout()
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(0)
    return box


def row(parent: QWidget | None = None) -> QHBoxLayout:
    box = QHBoxLayout(parent) if parent else QHBoxLayout()
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(0)
    return box
