"""The base classes of the screens: a screen shows a visit, follows the size of the window and clears personal data."""

from __future__ import annotations

import math
from typing import Final

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui.painting.icons import Icon
from kiosk.ui.theme import Scale, style_sheet
from kiosk.ui.widgets.translated import Label
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts

_SCALE_FACTORS: Final = (1.0, 0.93, 0.87, 0.81, 0.75, 0.69, 0.63, 0.57, 0.51, 0.45, 0.40)
_FACTOR_INDEX: Final = "factor_index"
"""Property of a widget that was fitted: the index of its factor in _SCALE_FACTORS."""


def fit(widget: QWidget, scale: Scale, width: int, height: int) -> float:
    """Lay `widget` out, with a smaller font if its text in this language would be cut off otherwise.

    Returns the factor of the font size, the largest that fits. Setting a style sheet takes ten milliseconds, so the
    search begins with the present factor of the widget and skips factors that are clearly too large.
    """
    too_large, largest = -1, len(_SCALE_FACTORS) - 1  # indices of _SCALE_FACTORS
    index: int = widget.property(_FACTOR_INDEX) or 0
    while True:
        estimate = _try_factor(widget, scale, index, width, height)
        if estimate == _SCALE_FACTORS[index]:
            largest = index
        else:
            too_large = index
        if too_large + 1 >= largest:
            break
        index = _next_index(estimate, too_large) if index == too_large else index - 1
        index = min(max(index, too_large + 1), largest - 1)
    if index != largest:
        _try_factor(widget, scale, largest, width, height)
    widget.setProperty(_FACTOR_INDEX, largest)
    return _SCALE_FACTORS[largest]


def _next_index(factor: float, after: int) -> int:
    """Return the index, after `after`, of the largest factor that is at most `factor`."""
    return next((i for i, f in enumerate(_SCALE_FACTORS) if i > after and f <= factor), len(_SCALE_FACTORS) - 1)


def _try_factor(widget: QWidget, scale: Scale, index: int, width: int, height: int) -> float:
    """Lay `widget` out with the factor at `index`. Return the factor if it fits, else an estimate of one that fits, or
    is a little too large: the width of a text is proportional to the font size, its area to the square."""
    factor = _SCALE_FACTORS[index]
    smaller = Scale(scale.unit * factor, scale.tall)
    sheet = "" if factor == 1.0 else style_sheet(smaller)
    if sheet != widget.styleSheet():
        widget.setStyleSheet(sheet)
    widget.update_layout(smaller)  # type: ignore[attr-defined]
    needed_height, needed_width = required_height(widget, width), widget.layout().totalMinimumSize().width()
    return factor * min(1.0, math.sqrt(height / max(needed_height, 1)), width / max(needed_width, 1))


def required_height(widget: QWidget, width: int) -> int:
    """Return the height that the widget's layout needs at that width, measured again."""
    for child in widget.findChildren(QWidget):
        child.ensurePolished()
        child.updateGeometry()  # Qt caches the sizes of nested layouts until the event loop runs again
    layout = widget.layout()
    layout.invalidate()
    return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalMinimumSize().height()


class Screen(QWidget):
    """One step of the visit: it shows a state and emits a signal for each touch; it decides nothing."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        """Update the screen; called on every change and about ten times a second."""

    def update_layout(self, scale: Scale) -> None:
        """Lay the screen out for the size of the window."""

    def clear(self) -> None:
        """Remove all personal data."""

    def on_leave(self) -> None:
        """Called when another screen replaces this one."""


class Card(QFrame):
    """A rounded panel."""

    def __init__(self, kind: str = "plain", horizontal: bool = False) -> None:
        super().__init__()
        self.setProperty("card", kind)
        self.box: QBoxLayout = QHBoxLayout(self) if horizontal else QVBoxLayout(self)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Minimum)

    def update_layout(self, scale: Scale, padding: float = 32, spacing: float = 16) -> None:
        edge = scale.px(padding)
        self.box.setContentsMargins(edge, scale.px(padding * 0.8), edge, scale.px(padding * 0.8))
        self.box.setSpacing(scale.px(spacing))


class Notice(Card):
    """A sentence with an icon, visible only while there is a message."""

    def __init__(self, name: str, kind: str = "warning", icon: str = "exclamation") -> None:
        super().__init__(kind, horizontal=True)
        self.setObjectName(name)
        self.icon = Icon(icon)
        self.label = Label(role="notice")
        self.box.addWidget(self.icon, 0, Qt.AlignVCenter)
        self.box.addWidget(self.label, 1)
        self.hide()

    def update_layout(self, scale: Scale, padding: float = 28, spacing: float = 20) -> None:
        super().update_layout(scale, padding, spacing)
        self.icon.resize_to(scale.px(52))


LayoutItem = QWidget | int | float | tuple[QWidget, Qt.AlignmentFlag | int]
"""A widget, a widget with its alignment or its stretch (int), a gap in design units (int), or a stretch (float)."""


def fill_layout(box: QBoxLayout, scale: Scale, *parts: LayoutItem) -> None:
    """Lay `parts` out again; the caller handles gaps around hidden widgets."""
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


class SplitScreen(Screen):
    """A screen of a picture and text: side by side on a landscape window, picture above text on a portrait one."""

    def __init__(self, name: str, picture_first: bool = True) -> None:
        super().__init__(name)
        self._picture_first = picture_first
        self._text_column = QWidget()
        self.text_layout = column(self._text_column)
        self._split_layout = QBoxLayout(QBoxLayout.LeftToRight, self)

    def split(self, scale: Scale, picture: QWidget, stretches: tuple[int, int] = (1, 1), gap: int = 80) -> None:
        self._split_layout.setDirection(QBoxLayout.TopToBottom if scale.tall else QBoxLayout.LeftToRight)
        parts = [(picture, stretches[0]), (self._text_column, stretches[1])]
        fill_layout(self._split_layout, scale, *(parts if scale.tall or self._picture_first else reversed(parts)))
        edge = scale.px(90 if scale.tall else 120)
        self._split_layout.setContentsMargins(edge, scale.px(20), edge, scale.px(60))
        self._split_layout.setSpacing(scale.px(gap))

    def set_texts(self, scale: Scale, *parts: LayoutItem) -> None:
        """Centre the text vertically beside a picture, or place it directly below the picture."""
        fill_layout(self.text_layout, scale, 0.0 if scale.tall else 1.0, *parts, 1.0)

    @staticmethod
    def align_labels(scale: Scale, *texts: Label) -> Qt.AlignmentFlag:
        """Align text left beside a picture and centred below one."""
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
