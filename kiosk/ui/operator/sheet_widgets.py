"""The button of a sheet of photos, and the row of a class or student."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QWidget

from config.i18n import Message, Translations
from kiosk.ui.base import Card, column
from kiosk.ui.widgets.translated import Button, Label
from kiosk.upload.sheets import SheetKind


class SheetButton(Button):
    """One sheet by its title; a tick marks the chosen one."""

    def __init__(self, sheet: SheetKind) -> None:
        self._sheet, self._is_chosen = sheet, False
        super().__init__("", f"sheet_{sheet.name}", "small")

    def retranslate(self, tr: Translations) -> None:
        self._translations = tr
        title = self._sheet.title.get(tr.language) or next(iter(self._sheet.title.values()), self._sheet.name)
        self.setText(f"✓ {title}" if self._is_chosen else title)

    def set_chosen(self, is_chosen: bool) -> None:
        self._is_chosen = is_chosen
        self.retranslate(self._translations)


class PrintRow(Card):
    """A class or a student. Printing needs two touches: photo paper is expensive, and a class has about 40
    students."""

    print_requested = pyqtSignal()
    open_requested = pyqtSignal()

    def __init__(self, name: Message, detail: Message | None, opens: bool) -> None:
        super().__init__("plain", horizontal=True)
        inside, head, small = QWidget(), Label(role="strong"), Label(role="small")
        head.set_message(name)
        small.set_message(detail)
        box = column(inside)
        box.addWidget(head)
        box.addWidget(small)
        small.setVisible(detail is not None)
        self.box.addWidget(inside, 1)
        self.open_button = Button("photo_sheets.students", "sheet_students", "small")
        self.print_button = Button("photo_sheets.print", "sheet_print", "small")
        self.open_button.clicked.connect(self.open_requested)
        self.open_button.setVisible(opens)
        self.print_button.clicked.connect(self._on_print)
        self._awaits_confirmation = False
        for button in (self.open_button, self.print_button):
            self.box.addWidget(button, 0, Qt.AlignVCenter)

    def _on_print(self) -> None:
        self._awaits_confirmation = not self._awaits_confirmation
        self.print_button.set_key("photo_sheets.print_confirm" if self._awaits_confirmation else "photo_sheets.print")
        if not self._awaits_confirmation:
            self.print_requested.emit()
