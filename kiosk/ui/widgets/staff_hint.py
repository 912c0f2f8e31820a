"""A line for the staff on the lower edge of the live view: what the sitter cannot correct."""

from __future__ import annotations

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtWidgets import QFrame, QWidget

from config.i18n import Message
from kiosk.ui.base import row
from kiosk.ui.painting.icons import Icon
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Label


class StaffHint(QFrame):
    """An overlay on the live view, so that no other widget moves when it appears."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("staff_hint")
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.icon = Icon("exclamation")
        self.label = Label(role="small")
        self._box = row(self)
        self._box.addWidget(self.icon, 0, Qt.AlignVCenter)
        self._box.addWidget(self.label, 1)
        self._scale = Scale(1.0, False)
        self._picture_rect = QRectF()
        self.hide()

    def set_hint(self, note: str) -> None:
        """Show the message with the key `note`; "" hides the line."""
        self.label.set_message(Message("screen.pose.staff", {"note": Message(note)}) if note else None)
        self.setVisible(bool(note))
        self._update_position()

    def update_layout(self, scale: Scale) -> None:
        self._scale = scale
        self.icon.resize_to(scale.px(36))
        self._box.setContentsMargins(scale.px(22), scale.px(12), scale.px(26), scale.px(12))
        self._box.setSpacing(scale.px(16))
        self._update_position()

    def set_picture_rect(self, picture: QRectF) -> None:
        """Set the part of the live view that shows the picture."""
        self._picture_rect = picture
        self._update_position()

    def _update_position(self) -> None:
        edge, within = self._scale.px(18), self._picture_rect
        for part in (self.icon, self.label):
            part.ensurePolished()
        self._box.invalidate()
        width = max(1, int(within.width()) - 2 * edge)
        height = self._box.totalHeightForWidth(width)
        self.setGeometry(int(within.x()) + edge, int(within.bottom()) - edge - height, width, height)
