"""The screen that waits for an identity card or a code, and asks the sitter to confirm a code."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QBoxLayout, QWidget

from config.i18n import Message
from kiosk.ui.base import Notice, SplitScreen, fill_layout, row
from kiosk.ui.painting.card_animation import CardAnimation
from kiosk.ui.painting.logo import WelcomeLogo
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import CodeInput, UiSettings
from kiosk.ui.widgets.code_view import CodeView
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.sitter import DocumentSummary, Sitter
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts

_TitleAndLead = tuple[str, str]
_WITH_READER: Final[dict[CodeInput, _TitleAndLead]] = {
    "": ("screen.identify.title", "screen.identify.lead"),
    "keyboard": ("screen.identify.title", "screen.identify.lead"),
    "camera": ("screen.identify.camera.title", "screen.identify.camera.lead"),
    "scanner": ("screen.identify.scanner.title", "screen.identify.scanner.lead"),
}
_WITHOUT_READER: Final[dict[CodeInput, _TitleAndLead]] = {
    "": ("screen.identify.nothing.title", "screen.identify.nothing.lead"),
    "keyboard": ("screen.identify.only_scanner.title", "screen.identify.only_scanner.lead"),
    "camera": ("screen.identify.only_camera.title", "screen.identify.only_camera.lead"),
    "scanner": ("screen.identify.only_scanner.title", "screen.identify.only_scanner.lead"),
}
_ONLY_KEYPAD: Final = ("screen.identify.only_keypad.title", "screen.identify.only_keypad.lead")
_ONLY_DOCUMENT: Final = ("screen.identify.only_document.title", "screen.identify.only_document.lead")
_ASK_NAME_TITLE: Final = "screen.identify.confirm.title"


class IdentifyScreen(SplitScreen):
    """With a camera that reads codes, a small live view is below the card. A code alone proves nobody's presence: for a
    confirmation the screen shows the masked name and two buttons, and no digit of a number, because the holder of
    somebody else's code must not learn one. The content of a document is shown beside the name, masked. If the staff
    must check the document, a button for the staff replaces the sitter's."""

    leave_requested = pyqtSignal()
    confirmed = pyqtSignal()
    denied = pyqtSignal()
    staff_requested = pyqtSignal()
    document_requested = pyqtSignal()
    student_no_requested = pyqtSignal()

    def __init__(self, ui_settings: UiSettings) -> None:
        super().__init__("identify")
        self._title_and_lead = _title_and_lead_for(ui_settings)
        self._has_card_reader = ui_settings.has_card_reader
        self._document_reading, self._student_no_keypad = ui_settings.document_reading, ui_settings.student_no_keypad
        self.code_view = CodeView() if ui_settings.code_input == "camera" else None
        self.picture = QWidget()
        self.card = CardAnimation() if ui_settings.has_card_reader else WelcomeLogo()
        self._picture_box = QBoxLayout(QBoxLayout.TopToBottom, self.picture)
        self._picture_box.setContentsMargins(0, 0, 0, 0)
        self.title = Label(role="title")
        self.name = Label(role="hint")
        self.name.setObjectName("asked_name")
        self.document_summary = Label(role="body")
        self.lead = Label(role="lead")
        self.privacy = Label("screen.identify.privacy", "small")
        self.notice = Notice("card_notice")
        self.yes = Button("screen.identify.confirm.yes", "identify_yes", "primary")
        self.staff = Button("screen.identify.document.staff_button", "identify_staff", "primary")
        self.no = Button("screen.identify.confirm.no", "identify_no", "plain")
        self.document = Button(
            "screen.identify.document" if ui_settings.has_card_reader else "screen.identify.document_only",
            "identify_document",
            "quiet",
        )
        only_keypad = self._title_and_lead == _ONLY_KEYPAD
        kind = "primary" if only_keypad else "quiet"
        self.student_no = Button("screen.identify.student_no", "identify_student_no", kind)
        self.student_no.clicked.connect(self.student_no_requested)
        self.back_button = Button("screen.back", "identify_back", "quiet")
        self.yes.clicked.connect(self.confirmed)
        self.no.clicked.connect(self.denied)
        self.staff.clicked.connect(self.staff_requested)
        self.document.clicked.connect(self.document_requested)
        self.back_button.clicked.connect(self.leave_requested)
        self._alternatives = QWidget()
        self._alternatives_layout = row(self._alternatives)
        self._show_question(None)

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        self.notice.setVisible(visit.notice is not None)
        self.notice.label.set_message(visit.notice)
        self._show_question(visit.sitter if visit.asks_confirmation else None)

    def show_frame(self, pixels: NDArray[np.uint8]) -> None:
        """Show a live frame, RGB; ignored if the camera reads no codes, or during a confirmation."""
        if self.code_view is not None and self.no.isHidden():
            self.code_view.show_frame(pixels)

    def clear(self) -> None:
        self.notice.label.clear()
        self.notice.hide()
        self._show_question(None)
        if self.code_view is not None:
            self.code_view.clear()

    def on_leave(self) -> None:
        if self.code_view is not None:
            self.code_view.clear()

    def update_layout(self, scale: Scale) -> None:
        side = self.align_labels(scale, self.title, self.name, self.document_summary, self.lead, self.privacy)
        self.notice.update_layout(scale)
        question = (
            self.name,
            8,
            self.document_summary,
            16,
            self.lead,
            40,
            self.notice,
            40,
            self.yes,
            self.staff,
            24,
            self.no,
        )
        self._alternatives_layout.setSpacing(scale.px(20))
        fill_layout(self._alternatives_layout, scale, self.back_button, self.student_no)
        alternatives = (24, self.privacy, 32, (self.document, side), 8, (self._alternatives, side))
        self.set_texts(scale, self.title, 24, *question, *alternatives)
        self._picture_box.setDirection(QBoxLayout.LeftToRight if scale.tall else QBoxLayout.TopToBottom)
        self._picture_box.setSpacing(scale.px(28))
        self.card.setVisible(self._has_card_reader or self.code_view is None)
        fill_layout(self._picture_box, scale, (self.card, 5), *(((self.code_view, 6),) if self.code_view else ()))
        self.split(scale, self.picture)

    def _show_question(self, sitter: Sitter | None) -> None:
        asking, for_staff = sitter is not None, sitter is not None and sitter.needs_staff
        document = sitter.document if sitter is not None else None
        title, lead = (_ASK_NAME_TITLE, _question_lead(document)) if asking else self._title_and_lead
        self.title.set_key(title)
        self.lead.set_key(lead)
        self.name.set_text(sitter.name if sitter is not None else "")
        self.document_summary.set_message(_document_summary(document))
        self.document_summary.setVisible(document is not None)
        for part in (self.name, self.no):
            part.setVisible(asking)
        self.yes.setVisible(asking and not for_staff)
        self.staff.setVisible(for_staff)
        self.privacy.setVisible(not asking and self._has_card_reader)
        self.document.setVisible(self._document_reading and not asking)
        self.student_no.setVisible(self._student_no_keypad and not asking)
        if self.code_view is not None:
            self.code_view.setVisible(not asking)
            if asking:
                self.code_view.clear()


def _title_and_lead_for(ui_settings: UiSettings) -> _TitleAndLead:
    """Mention only what this station can read."""
    if ui_settings.has_card_reader:
        return _WITH_READER[ui_settings.code_input]
    if ui_settings.code_input in ("", "keyboard") and ui_settings.student_no_keypad:
        return _ONLY_KEYPAD
    if ui_settings.code_input in ("", "keyboard") and ui_settings.document_reading:
        return _ONLY_DOCUMENT
    return _WITHOUT_READER[ui_settings.code_input]


def _question_lead(document: DocumentSummary | None) -> str:
    if document is None:
        return "screen.identify.confirm.lead"
    if document.name_differs:
        return "screen.identify.document.other_name"
    return "screen.identify.document.for_staff" if document.needs_staff else "screen.identify.document.confirm"


def _document_summary(document: DocumentSummary | None) -> Message | None:
    """Return the content of the document in one line."""
    if document is None:
        return None
    if not document.name:
        return Message("screen.identify.document.number_read")
    return Message("screen.identify.document.name_read", {"name": document.name})
