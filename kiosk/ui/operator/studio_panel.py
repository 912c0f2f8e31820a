"""The operator's studio check: what to place before the camera, the marked picture, and what to correct."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QRect, Qt, pyqtSignal
from PyQt5.QtGui import QImage, QPainter, QPaintEvent, QPixmap
from PyQt5.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from config.i18n import Message
from kiosk.ui.base import Card, column, fill_layout, row
from kiosk.ui.operator.overlay import Overlay
from kiosk.ui.operator.status import StudioStatus
from kiosk.ui.theme import Scale, colour
from kiosk.ui.widgets.translated import Button, Label, retranslate_all

CHECK_KINDS: Final = ("empty", "card", "helper")


class StudioPicture(QWidget):
    """The marked picture, as large as possible."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self._pixmap = QPixmap()

    def show_picture(self, pixels: NDArray[np.uint8] | None) -> None:
        if pixels is None:
            self._pixmap = QPixmap()
        else:
            contiguous = np.ascontiguousarray(pixels)
            height, width = contiguous.shape[:2]
            image = QImage(contiguous.tobytes(), width, height, 3 * width, QImage.Format_RGB888)
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
    """One finding to correct, with its number in the picture."""

    def __init__(self, number: str, message: Message, role: str = "body") -> None:
        super().__init__("plain" if role == "body" else "warning", horizontal=True)
        mark, text = Label(role="accent", wrap=False), Label(role=role)
        mark.set_text(number)
        text.set_message(message)
        self.box.addWidget(mark, 0, Qt.AlignTop)
        self.box.addWidget(text, 1)


class StudioPanel(Overlay):
    """An overlay of the operator page. `check_requested` names the check; the result comes with the status.
    `lamps_accepted`: set the proposed levels. `framing_requested`: register the framing of two cameras."""

    check_requested = pyqtSignal(str)
    lamps_accepted = pyqtSignal()
    framing_requested = pyqtSignal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._status: StudioStatus | None = None
        self.title, self.summary = Label("studio.title", "title"), Label("studio.how", "lead")
        self.picture, self._text_column, self._list = StudioPicture(), QWidget(), QWidget()
        self._list_box = column(self._list)
        self._text_layout, self._buttons = column(self._text_column), QWidget()
        self._buttons_box = row(self._buttons)
        self.checks = {kind: Button(f"studio.check.{kind}", f"studio_{kind}", "small") for kind in CHECK_KINDS}
        for kind, button in self.checks.items():
            button.clicked.connect(lambda _, kind=kind: self.check_requested.emit(kind))
        self.framing_button = Button("studio.find_framing", "studio_framing", "small")
        self.framing_button.clicked.connect(self.framing_requested)
        self.offer, self.accept_button = Label(role="body"), Button("lights.accept", "studio_agree", "small")
        self.accept_button.clicked.connect(self.lamps_accepted)
        self.back_button = Button("studio.back", "studio_back", "primary")
        self.back_button.clicked.connect(self.closed)
        self._middle = QWidget()
        self._middle_box = QBoxLayout(QBoxLayout.LeftToRight, self._middle)
        self._box = column(self)

    def show_status(self, status: StudioStatus) -> None:
        before, self._status = self._status, status
        if before == status:
            return
        if before is None or status.picture is not before.picture:
            self.picture.show_picture(status.picture)
        for button in self.checks.values():
            button.setEnabled(not status.busy)
        self._show_offer(status.lamp_offer)
        self.framing_button.setVisible(status.two_cameras)
        self.summary.set_message(
            Message("studio.checking")
            if status.busy
            else status.message
            if status.checked_at
            else Message("studio.how")
        )
        self._show_findings(status)
        if self.isVisible():
            self._fit()

    def update_layout(self, scale: Scale) -> None:
        self._scale = scale
        self._list_box.setSpacing(scale.px(12))
        for line in self._list.findChildren(FindingRow):
            line.update_layout(scale, padding=20, spacing=18)
        fill_layout(self._text_layout, scale, self.summary, 16, self._list, 20, self.offer, 8, self.accept_button, 1.0)
        self._middle_box.setDirection(QBoxLayout.TopToBottom if scale.tall else QBoxLayout.LeftToRight)
        self._middle_box.setContentsMargins(0, 0, 0, 0)
        self._middle_box.setSpacing(scale.px(40))
        fill_layout(self._middle_box, scale, (self.picture, 5), (self._text_column, 5))
        self._buttons_box.setSpacing(scale.px(20))
        fill_layout(self._buttons_box, scale, *self.checks.values(), self.framing_button, 1.0, self.back_button)
        self._box.setContentsMargins(scale.px(64), scale.px(24), scale.px(64), scale.px(48))
        fill_layout(self._box, scale, self.title, 20, (self._middle, 1), 24, self._buttons)

    def _show_offer(self, offer: Message | None) -> None:
        if offer is not None:
            self.offer.set_message(offer)
        for part in (self.offer, self.accept_button):
            part.setVisible(offer is not None)

    def _show_findings(self, status: StudioStatus) -> None:
        old, self._list = self._list, QWidget()
        self._list_box = column(self._list)
        for message in (*status.problems, *status.drifts):
            self._list_box.addWidget(FindingRow("!", message, "notice"))
        for number, message in enumerate(status.findings, 1):
            self._list_box.addWidget(FindingRow(str(number), message))
        if status.checked_at and not (status.problems or status.drifts or status.findings or status.busy):
            self._list_box.addWidget(Label("studio.all_good", "good"))
        old.hide()
        old.deleteLater()
        self._list.setParent(self)
        retranslate_all(self._list, self._translations)
        self.update_layout(self._scale)


def _sides(size: object) -> tuple[int, int]:
    return size.width(), size.height()  # type: ignore[attr-defined]
