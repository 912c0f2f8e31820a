"""The reason why the last shot has to be repeated: large, and long enough to be read."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QWidget

from config.i18n import Message
from kiosk.ui.base import Card, column
from kiosk.ui.painting.icons import Icon
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Label
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step

# Our reasons have up to 35 words; at 4 words a second, read silently, that is 9 s.
MIN_SHOWN_MS: Final = 9_000


class ShotNotice(Card):
    """Visible while the visit has the reason, and at least MIN_SHOWN_MS if the next countdown removes it sooner; the
    next shot hides it."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("warning", horizontal=True)
        self.setObjectName("shot_notice")
        self.icon = Icon("exclamation")
        self.title = Label("screen.pose.refused", "strong")
        self.label = Label(role="notice")
        texts = QWidget()
        self._text_layout = column(texts)
        self._text_layout.addWidget(self.title)
        self._text_layout.addWidget(self.label)
        self.box.addWidget(self.icon, 0, Qt.AlignTop)
        self.box.addWidget(texts, 1)
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(MIN_SHOWN_MS)
        self.timer.timeout.connect(self._update_visibility)
        self._reason: Message | None = None
        self._is_current = False
        self.hide()

    def show_visit(self, visit: VisitState) -> None:
        if visit.step is Step.SHOOT:
            self.clear()
            return
        self._is_current = visit.notice is not None
        if visit.notice is not None and visit.notice != self._reason:
            self._reason = visit.notice
            self.label.set_message(visit.notice)
            self.timer.start()
        self._update_visibility()

    def clear(self) -> None:
        self.timer.stop()
        self._reason, self._is_current = None, False
        self.label.clear()
        self.hide()

    def update_layout(self, scale: Scale, padding: float = 28, spacing: float = 20) -> None:
        super().update_layout(scale, padding, spacing)
        self.icon.resize_to(scale.px(52))
        self._text_layout.setSpacing(scale.px(6))

    def _update_visibility(self) -> None:
        hidden = not (self._is_current or self.timer.isActive())
        if hidden != self.isHidden():
            self.setHidden(hidden)
            self.changed.emit()
