"""The screen that waits for an identity card or a code, and asks whom a code names whether it is they."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QBoxLayout, QWidget

from config.i18n import Message
from kiosk.ui.base import Halves, Notice, fill, row
from kiosk.ui.painting.card_picture import CardPicture
from kiosk.ui.painting.emblem import Emblem
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import CodeWay, Look
from kiosk.ui.widgets.code_view import CodeView
from kiosk.ui.widgets.translated import Button, Text
from kiosk.visit.state import VisitTimeouts, DocumentSummary, Sitter, VisitState

_Words = tuple[str, str]
_WITH_READER: Final[dict[CodeWay, _Words]] = {
    "": ("screen.identify.title", "screen.identify.lead"),
    "keyboard": ("screen.identify.title", "screen.identify.lead"),
    "camera": ("screen.identify.camera.title", "screen.identify.camera.lead"),
    "scanner": ("screen.identify.scanner.title", "screen.identify.scanner.lead"),
}
_WITHOUT_READER: Final[dict[CodeWay, _Words]] = {
    "": ("screen.identify.nothing.title", "screen.identify.nothing.lead"),
    "keyboard": ("screen.identify.only_scanner.title", "screen.identify.only_scanner.lead"),
    "camera": ("screen.identify.only_camera.title", "screen.identify.only_camera.lead"),
    "scanner": ("screen.identify.only_scanner.title", "screen.identify.only_scanner.lead"),
}
_ONLY_KEYPAD: Final = ("screen.identify.only_keypad.title", "screen.identify.only_keypad.lead")
_ONLY_DOCUMENT: Final = ("screen.identify.only_document.title", "screen.identify.only_document.lead")
_WHO: Final = "screen.identify.who.title"


class IdentifyScreen(Halves):
    """With a camera that reads codes, a small mirror stands below the card. A code alone proves nobody's presence:
    while the sitting `asks_who`, the masked name and two buttons are there, and no digit of a number: whoever holds
    somebody else's code must not learn one. Of a document, what was read stands beside it, masked; its holder has the
    number in their hand. Where staff is to look, their button stands in the place of the sitter's own."""

    left = pyqtSignal()
    confirmed = pyqtSignal()
    denied = pyqtSignal()
    staff_asked = pyqtSignal()
    document_wanted = pyqtSignal()
    student_no_wanted = pyqtSignal()

    def __init__(self, look: Look) -> None:
        super().__init__("identify")
        self._words_of_way = _words_of(look)
        self._reader = look.reader
        self._documents, self._keypad = look.documents, look.keypad
        self.code_view = CodeView() if look.codes == "camera" else None
        self.picture = QWidget()
        self.card = CardPicture() if look.reader else Emblem()
        self._picture_box = QBoxLayout(QBoxLayout.TopToBottom, self.picture)
        self._picture_box.setContentsMargins(0, 0, 0, 0)
        self.title = Text(role="title")
        self.name = Text(role="hint")
        self.name.setObjectName("asked_name")
        self.seen = Text(role="body")
        self.lead = Text(role="lead")
        self.privacy = Text("screen.identify.privacy", "small")
        self.notice = Notice("card_notice")
        self.yes = Button("screen.identify.who.yes", "identify_yes", "primary")
        self.staff = Button("screen.identify.document.staff_button", "identify_staff", "primary")
        self.no = Button("screen.identify.who.no", "identify_no", "plain")
        self.document = Button(
            "screen.identify.document" if look.reader else "screen.identify.document_only", "identify_document", "quiet"
        )
        only_keypad = self._words_of_way == _ONLY_KEYPAD
        kind = "primary" if only_keypad else "quiet"
        self.student_no = Button("screen.identify.student_no", "identify_student_no", kind)
        self.student_no.clicked.connect(self.student_no_wanted)
        self.back = Button("screen.back", "identify_back", "quiet")
        self.yes.clicked.connect(self.confirmed)
        self.no.clicked.connect(self.denied)
        self.staff.clicked.connect(self.staff_asked)
        self.document.clicked.connect(self.document_wanted)
        self.back.clicked.connect(self.left)
        self._ways = QWidget()
        self._ways_box = row(self._ways)
        self._ask(None)

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        self.notice.setVisible(sitting.notice is not None)
        self.notice.text.tell(sitting.notice)
        self._ask(sitting.sitter if sitting.asks_who else None)

    def show_frame(self, pixels: NDArray[np.uint8]) -> None:
        """A live frame, RGB; of no use where the camera reads no codes, or while a name is being asked about."""
        if self.code_view is not None and self.no.isHidden():
            self.code_view.show_frame(pixels)

    def wipe(self) -> None:
        self.notice.text.wipe()
        self.notice.hide()
        self._ask(None)
        if self.code_view is not None:
            self.code_view.clear()

    def leave_off(self) -> None:
        if self.code_view is not None:
            self.code_view.clear()

    def arrange(self, scale: Scale) -> None:
        side = self.align(scale, self.title, self.name, self.seen, self.lead, self.privacy)
        self.notice.arrange(scale)
        asked = (self.name, 8, self.seen, 16, self.lead, 40, self.notice, 40, self.yes, self.staff, 24, self.no)
        self._ways_box.setSpacing(scale.px(20))
        fill(self._ways_box, scale, self.back, self.student_no)
        ways = (24, self.privacy, 32, (self.document, side), 8, (self._ways, side))
        self.put_words(scale, self.title, 24, *asked, *ways)
        self._picture_box.setDirection(QBoxLayout.LeftToRight if scale.tall else QBoxLayout.TopToBottom)
        self._picture_box.setSpacing(scale.px(28))
        self.card.setVisible(self._reader or self.code_view is None)
        fill(self._picture_box, scale, (self.card, 5), *(((self.code_view, 6),) if self.code_view else ()))
        self.halve(scale, self.picture)

    def _ask(self, sitter: Sitter | None) -> None:
        asking, for_staff = sitter is not None, sitter is not None and sitter.needs_staff
        document = sitter.document if sitter is not None else None
        title, lead = (_WHO, _lead(document)) if asking else self._words_of_way
        self.title.say(title)
        self.lead.say(lead)
        self.name.write(sitter.name if sitter is not None else "")
        self.seen.tell(_seen(document))
        self.seen.setVisible(document is not None)
        for part in (self.name, self.no):
            part.setVisible(asking)
        self.yes.setVisible(asking and not for_staff)
        self.staff.setVisible(for_staff)
        self.privacy.setVisible(not asking and self._reader)
        self.document.setVisible(self._documents and not asking)
        self.student_no.setVisible(self._keypad and not asking)
        if self.code_view is not None:
            self.code_view.setVisible(not asking)
            if asking:
                self.code_view.clear()


def _words_of(look: Look) -> _Words:
    """Asks for nothing that this station cannot read."""
    if look.reader:
        return _WITH_READER[look.codes]
    if look.codes in ("", "keyboard") and look.keypad:
        return _ONLY_KEYPAD
    if look.codes in ("", "keyboard") and look.documents:
        return _ONLY_DOCUMENT
    return _WITHOUT_READER[look.codes]


def _lead(document: DocumentSummary | None) -> str:
    if document is None:
        return "screen.identify.who.lead"
    if document.name_differs:
        return "screen.identify.document.other_name"
    return "screen.identify.document.for_staff" if document.needs_staff else "screen.identify.document.who"


def _seen(document: DocumentSummary | None) -> Message | None:
    """What was read of it, in one line."""
    if document is None:
        return None
    if not document.name:
        return Message("screen.identify.document.seen_number")
    return Message("screen.identify.document.seen", {"name": document.name})
