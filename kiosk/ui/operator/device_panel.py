"""The operator's page of devices: what befell them and whether it is over, and what waits for a person to decide."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QScrollArea, QScroller, QSizePolicy, QWidget

from config.i18n import Message, Translations, translations
from kiosk.ui.base import Card, Notice, column, fill, fit, row
from kiosk.ui.operator.status import DeviceStatus, Outage
from kiosk.ui.painting.drawing import Sign
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.sentences import first_sentence
from kiosk.ui.widgets.translated import Button, Text, speak_all

SHOWN: Final = 30
"""So many outages are listed; the file beside them remembers more."""


class OutageRow(Card):
    """One outage: when, which device, what it said, and how it ended."""

    def __init__(self, outage: Outage) -> None:
        super().__init__("bad" if outage.lasts else "plain", across=True)
        self.sign = Sign("exclamation" if outage.lasts else "tick")
        inside, head, what, ended = QWidget(), Text(role="strong"), Text(role="small"), Text(role="small")
        device = Message(f"device.{outage.device}")
        head.tell(Message("device.at", {"device": device, "at": f"{outage.at:%m-%d %H:%M:%S}"}))
        what.shape = first_sentence
        what.tell(outage.what)
        ended.tell(outage.ended)
        box = column(inside)
        for line in (head, what, ended):
            box.addWidget(line)
        self.box.addWidget(self.sign, 0, Qt.AlignTop)
        self.box.addWidget(inside, 1)

    def arrange(self, scale: Scale, inside: float = 20, between: float = 18) -> None:
        super().arrange(scale, inside, between)
        self.sign.resize_to(scale.px(44))


class LookRow(Card):
    """One thing that the look at the start found: what, and what to do about it."""

    def __init__(self, saying: Message) -> None:
        super().__init__("care", across=True)
        self.sign, text = Sign("exclamation"), Text(role="notice")
        text.tell(saying)
        self.box.addWidget(self.sign, 0, Qt.AlignTop)
        self.box.addWidget(text, 1)

    def arrange(self, scale: Scale, inside: float = 20, between: float = 18) -> None:
        super().arrange(scale, inside, between)
        self.sign.resize_to(scale.px(44))


class Decision(Card):
    """Something that only a person can decide, with the button for it; a second touch confirms."""

    decided = pyqtSignal()

    def __init__(self, name: str, ask: str, sure: str) -> None:
        super().__init__("care", across=True)
        self.text = Text(role="notice")
        self.button = Button(ask, name, "small")
        self._ask, self._sure, self._asked = ask, sure, False
        self.box.addWidget(self.text, 1)
        self.box.addWidget(self.button, 0, Qt.AlignVCenter)
        self.button.clicked.connect(self._touched)
        self.hide()

    def tell(self, saying: Message | None) -> None:
        self.text.tell(saying)
        self.setVisible(saying is not None)

    def relax(self) -> None:
        """What was touched once only is forgotten."""
        self._asked = False
        self.button.say(self._ask)

    def _touched(self) -> None:
        if self._asked:
            self.relax()
            self.decided.emit()
        else:
            self._asked = True
            self.button.say(self._sure)


def _listed(status: DeviceStatus) -> tuple[object, ...]:
    return status.outages, status.looked, status.storage


class DevicePanel(QWidget):
    """Lies over the operator page. `camera_taken`: the camera plugged in is ours; `unclaimed_deleted`: they may go;
    `print_tested`: a page to see how the printer is set."""

    camera_taken = pyqtSignal()
    unclaimed_deleted = pyqtSignal()
    print_tested = pyqtSignal()
    closed = pyqtSignal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self.setObjectName("operator")  # the same paper as the page below
        self.setAttribute(Qt.WA_StyledBackground)
        self._scale, self._words = Scale(1.0, False), translations()
        self._status: DeviceStatus | None = None
        self.title, self.line = Text("device.title", "title"), Text("device.none", "lead")
        self.camera = Decision("device_take_camera", "device.take_camera", "device.take_camera_sure")
        self.unclaimed = Decision("device_unclaimed", "device.delete_unclaimed", "device.delete_unclaimed_sure")
        self.camera.decided.connect(self.camera_taken)
        self.unclaimed.decided.connect(self.unclaimed_deleted)
        self.owed, self.warning = Notice("device_owed"), Notice("device_warning")
        self.view, self._list = QScrollArea(), QWidget()
        self.view.setWidgetResizable(True)
        self.view.setFrameShape(QFrame.NoFrame)
        self.view.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Ignored)  # a long list scrolls, it shrinks no word
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        QScroller.grabGesture(self.view.viewport(), QScroller.LeftMouseButtonGesture)
        self.back = Button("device.back", "device_back", "primary")
        self.back.clicked.connect(self.closed)
        self.print_test = Button("device.print_test", "device_print_test")
        self.print_test.clicked.connect(self.print_tested)
        self.print_test.hide()
        self._buttons = QWidget()
        self._buttons_box, self._box = row(self._buttons), column(self)
        self.hide()

    def speak(self, language: Translations) -> None:
        self._words = language

    def open(self) -> None:
        for decision in (self.camera, self.unclaimed):
            decision.relax()
        self.show()
        self.raise_()
        self._fit()

    def show_status(self, status: DeviceStatus) -> None:
        before, self._status = self._status, status
        if before == status:
            return
        self.line.say("device.last" if status.outages else "device.none")
        self.camera.tell(status.other_camera)
        self.unclaimed.tell(status.unclaimed)
        for notice, saying in ((self.owed, status.owed), (self.warning, status.warning)):
            notice.text.tell(saying)
            notice.setVisible(saying is not None)
        if before is None or _listed(before) != _listed(status):
            self._show_outages(status)
        if self.isVisible():
            self._fit()

    def offer_print_test(self, offered: bool) -> None:
        self.print_test.setVisible(offered)

    def arrange(self, scale: Scale) -> None:
        self._scale = scale
        for card in (self.camera, self.unclaimed, self.owed, self.warning):
            card.arrange(scale, inside=18)
        self._arrange_list()
        self._buttons_box.setSpacing(scale.px(20))
        fill(self._buttons_box, scale, self.print_test, 1.0, self.back)
        self._box.setContentsMargins(scale.px(64), scale.px(24), scale.px(64), scale.px(48))
        self._box.setSpacing(scale.px(16))
        self.view.setMinimumHeight(scale.px(120))
        cards = (self.camera, self.unclaimed, self.owed, self.warning)
        fill(self._box, scale, self.title, self.line, *cards, (self.view, 1), self._buttons)

    def _arrange_list(self) -> None:
        for kind in (OutageRow, LookRow):
            for line in self._list.findChildren(kind):
                line.arrange(self._scale)

    def _show_outages(self, status: DeviceStatus) -> None:
        self._list = QWidget()
        box = column(self._list)
        box.setSpacing(self._scale.px(12))
        for saying in (*status.storage, *status.looked):
            box.addWidget(LookRow(saying))
        for outage in status.outages[:SHOWN]:
            box.addWidget(OutageRow(outage))
        box.addStretch(1)
        self._arrange_list()
        self.view.setWidget(self._list)
        speak_all(self._list, self._words)

    def _fit(self) -> None:
        fit(self, self._scale, self.width(), self.height())
