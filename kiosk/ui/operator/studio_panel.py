"""The operator's studio check: what to put before the camera, the marked picture, and what to mend."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QRect, Qt, pyqtSignal
from PyQt5.QtGui import QImage, QPainter, QPaintEvent, QPixmap
from PyQt5.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from config.i18n import Message, Translations, translations
from kiosk.ui.base import Card, column, fill, fit, row
from kiosk.ui.operator.status import StudioStatus
from kiosk.ui.theme import Scale, colour
from kiosk.ui.widgets.translated import Button, Text, speak_all

KINDS: Final = ("empty", "card", "helper")


class StudioPicture(QWidget):
    """The marked picture, as large as it fits."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self._pixmap = QPixmap()

    def show_picture(self, pixels: NDArray[np.uint8] | None) -> None:
        if pixels is None:
            self._pixmap = QPixmap()
        else:
            whole = np.ascontiguousarray(pixels)
            height, width = whole.shape[:2]
            image = QImage(whole.tobytes(), width, height, 3 * width, QImage.Format_RGB888)
            self._pixmap = QPixmap.fromImage(image)  # copies
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._pixmap.isNull():
            painter.setPen(Qt.NoPen)
            painter.setBrush(colour("mist"))
            painter.drawRoundedRect(self.rect(), 24, 24)
            return
        size = self._pixmap.size().scaled(self.size(), Qt.KeepAspectRatio)
        place = QRect((self.width() - size.width()) // 2, (self.height() - size.height()) // 2, *_sides(size))
        painter.setRenderHint(QPainter.SmoothPixmapTransform)
        painter.drawPixmap(place, self._pixmap)


class FindingRow(Card):
    """One thing to mend, with its number in the picture."""

    def __init__(self, number: str, saying: Message, role: str = "body") -> None:
        super().__init__("plain" if role == "body" else "care", across=True)
        mark, text = Text(role="accent", wrap=False), Text(role=role)
        mark.write(number)
        text.tell(saying)
        self.box.addWidget(mark, 0, Qt.AlignTop)
        self.box.addWidget(text, 1)


class StudioPanel(QWidget):
    """Lies over the operator page. `asked` says which check; the answer comes with the status. `agreed`: the lamps
    shall be set as offered. `framed`: two cameras shall find out how they fit together."""

    asked = pyqtSignal(str)
    agreed = pyqtSignal()
    framed = pyqtSignal()
    closed = pyqtSignal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self.setObjectName("operator")  # the same paper as the page below
        self.setAttribute(Qt.WA_StyledBackground)
        self._scale, self._words = Scale(1.0, False), translations()
        self._status: StudioStatus | None = None
        self.title, self.line = Text("studio.title", "title"), Text("studio.how", "lead")
        self.picture, self._said, self._list = StudioPicture(), QWidget(), QWidget()
        self._list_box = column(self._list)
        self._said_box, self._buttons = column(self._said), QWidget()
        self._buttons_box = row(self._buttons)
        self.checks = {kind: Button(f"studio.ask.{kind}", f"studio_{kind}", "small") for kind in KINDS}
        for kind, button in self.checks.items():
            button.clicked.connect(lambda _, kind=kind: self.asked.emit(kind))
        self.frame = Button("studio.find_framing", "studio_framing", "small")
        self.frame.clicked.connect(self.framed)
        self.offer, self.agree = Text(role="body"), Button("lights.accept", "studio_agree", "small")
        self.agree.clicked.connect(self.agreed)
        self.back = Button("studio.back", "studio_back", "primary")
        self.back.clicked.connect(self.closed)
        self._middle = QWidget()
        self._middle_box = QBoxLayout(QBoxLayout.LeftToRight, self._middle)
        self._box = column(self)
        self.hide()

    def speak(self, language: Translations) -> None:
        self._words = language

    def open(self) -> None:
        self.show()
        self.raise_()
        self._fit()

    def show_status(self, status: StudioStatus) -> None:
        before, self._status = self._status, status
        if before == status:
            return
        if before is None or status.picture is not before.picture:
            self.picture.show_picture(status.picture)
        for button in self.checks.values():
            button.setEnabled(not status.busy)
        self._show_offer(status.offer)
        self.frame.setVisible(status.two_cameras)
        self.line.tell(
            Message("studio.looking") if status.busy else status.saying if status.at else Message("studio.how")
        )
        self._show_findings(status)
        if self.isVisible():
            self._fit()

    def arrange(self, scale: Scale) -> None:
        self._scale = scale
        self._list_box.setSpacing(scale.px(12))
        for line in self._list.findChildren(FindingRow):
            line.arrange(scale, inside=20, between=18)
        fill(self._said_box, scale, self.line, 16, self._list, 20, self.offer, 8, self.agree, 1.0)
        self._middle_box.setDirection(QBoxLayout.TopToBottom if scale.tall else QBoxLayout.LeftToRight)
        self._middle_box.setContentsMargins(0, 0, 0, 0)
        self._middle_box.setSpacing(scale.px(40))
        fill(self._middle_box, scale, (self.picture, 5), (self._said, 5))
        self._buttons_box.setSpacing(scale.px(20))
        fill(self._buttons_box, scale, *self.checks.values(), self.frame, 1.0, self.back)
        self._box.setContentsMargins(scale.px(64), scale.px(24), scale.px(64), scale.px(48))
        fill(self._box, scale, self.title, 20, (self._middle, 1), 24, self._buttons)

    def _show_offer(self, offer: Message | None) -> None:
        if offer is not None:
            self.offer.tell(offer)
        for part in (self.offer, self.agree):
            part.setVisible(offer is not None)

    def _show_findings(self, status: StudioStatus) -> None:
        old, self._list = self._list, QWidget()
        self._list_box = column(self._list)
        for saying in (*status.problems, *status.drifts):
            self._list_box.addWidget(FindingRow("!", saying, "notice"))
        for number, saying in enumerate(status.findings, 1):
            self._list_box.addWidget(FindingRow(str(number), saying))
        if status.at and not (status.problems or status.drifts or status.findings or status.busy):
            self._list_box.addWidget(Text("studio.all_well", "good"))
        old.hide()
        old.deleteLater()
        self._list.setParent(self)
        speak_all(self._list, self._words)
        self.arrange(self._scale)

    def _fit(self) -> None:
        fit(self, self._scale, self.width(), self.height())


def _sides(size: object) -> tuple[int, int]:
    return size.width(), size.height()  # type: ignore[attr-defined]
