"""A line for the staff on the mirror's lower edge: what the sitter cannot mend, small and out of her sentence's way."""

from __future__ import annotations

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtWidgets import QFrame, QWidget

from config.i18n import Message
from kiosk.ui.base import row
from kiosk.ui.painting.drawing import Sign
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Text


class StaffNote(QFrame):
    """Lies over the live picture, so that it takes no room from anything and nothing moves when it comes."""

    def __init__(self, mirror: QWidget) -> None:
        super().__init__(mirror)
        self.setObjectName("staff_note")
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.sign = Sign("exclamation")
        self.text = Text(role="small")
        self._box = row(self)
        self._box.addWidget(self.sign, 0, Qt.AlignVCenter)
        self._box.addWidget(self.text, 1)
        self._scale = Scale(1.0, False)
        self._within = QRectF()
        self.hide()

    def tell(self, note: str) -> None:
        """A word key of what the staff should mend, or "" for nothing."""
        self.text.tell(Message("screen.pose.staff", {"note": Message(note)}) if note else None)
        self.setVisible(bool(note))
        self._lie_down()

    def arrange(self, scale: Scale) -> None:
        self._scale = scale
        self.sign.resize_to(scale.px(36))
        self._box.setContentsMargins(scale.px(22), scale.px(12), scale.px(26), scale.px(12))
        self._box.setSpacing(scale.px(16))
        self._lie_down()

    def place_in(self, picture: QRectF) -> None:
        """The part of the mirror that shows the picture."""
        self._within = picture
        self._lie_down()

    def _lie_down(self) -> None:
        edge, within = self._scale.px(18), self._within
        for part in (self.sign, self.text):
            part.ensurePolished()
        self._box.invalidate()
        wide = max(1, int(within.width()) - 2 * edge)
        high = self._box.totalHeightForWidth(wide)
        self.setGeometry(int(within.x()) + edge, int(within.bottom()) - edge - high, wide, high)
