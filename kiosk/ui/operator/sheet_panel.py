"""The operator's page for printing sheets of photos: choose a sheet, then a class or one of its students."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QWidget

from config.i18n import Message
from kiosk.ui.base import Notice, column, fill_layout, row
from kiosk.ui.operator.overlay import ListArea, Overlay
from kiosk.ui.operator.sheet_widgets import PrintRow, SheetButton
from kiosk.ui.operator.status import SheetStatus
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Button, Label, retranslate_all
from kiosk.upload.sheets import SheetClass, SheetKind, SheetStudent

MAX_ROWS: Final = 600


class SheetPanel(Overlay):
    """An overlay of the operator page."""

    load_requested = pyqtSignal()
    students_requested = pyqtSignal(object)
    print_requested = pyqtSignal(object, object, object)
    cancel_requested = pyqtSignal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._status, self._sheet, self._shows_students = SheetStatus(), "", False
        self.title, self.lead = Label("photo_sheets.title", "title"), Label("photo_sheets.lead", "lead")
        self.notice = Notice("sheet_notice")
        self._choice, self.sheet_buttons = QWidget(), dict[str, SheetButton]()
        self._choice_box = row(self._choice)
        self.scroll_area, self._list = ListArea(), QWidget()
        self.rows: list[PrintRow] = []
        self._create_buttons()

    def _create_buttons(self) -> None:
        self.back_button = Button("photo_sheets.back", "sheet_back", "primary")
        self.reload_button = Button("photo_sheets.reload", "sheet_reload")
        self.cancel_button = Button("photo_sheets.cancel", "sheet_cancel", "danger")
        self.back_button.clicked.connect(self._on_back)
        self.reload_button.clicked.connect(self._on_reload)
        self.cancel_button.clicked.connect(self.cancel_requested)
        self._buttons = QWidget()
        self._buttons_box, self._box = row(self._buttons), column(self)

    def open(self) -> None:
        self._shows_students = False
        self.show()
        self.raise_()
        self._show_rows()
        self._fit()
        self.load_requested.emit()

    def show_status(self, status: SheetStatus) -> None:
        before, self._status = self._status, status
        if before == status:
            return
        self.notice.label.set_message(status.message)
        self.notice.setVisible(status.message is not None)
        self.cancel_button.setVisible(status.activity == "printing")
        self.reload_button.setEnabled(not status.activity)
        if before.sheets != status.sheets:
            self._show_sheets()
        if _rows_of(before) != _rows_of(status):
            self._shows_students = status.students_of is not None
            self._show_rows()
        for line in self.rows:
            line.print_button.setEnabled(self._can_print)
        self._show_lead()
        if self.isVisible():
            self._fit()

    def update_layout(self, scale: Scale) -> None:
        self._scale = scale
        self.notice.update_layout(scale, padding=18)
        self._choice_box.setSpacing(scale.px(14))
        self._buttons_box.setSpacing(scale.px(20))
        fill_layout(self._buttons_box, scale, self.cancel_button, 1.0, self.reload_button, self.back_button)
        self._box.setContentsMargins(scale.px(64), scale.px(24), scale.px(64), scale.px(48))
        self._box.setSpacing(scale.px(16))
        self.scroll_area.setMinimumHeight(scale.px(120))
        for line in self.rows:
            line.update_layout(scale, padding=18, spacing=16)
        parts = (self.title, self.lead, self._choice, self.notice, (self.scroll_area, 1), self._buttons)
        fill_layout(self._box, scale, *parts)

    @property
    def _chosen_sheet(self) -> SheetKind | None:
        return next((sheet for sheet in self._status.sheets if sheet.name == self._sheet), None)

    @property
    def _can_print(self) -> bool:
        return not self._status.activity and self._chosen_sheet is not None

    def _show_sheets(self) -> None:
        for button in self.sheet_buttons.values():
            button.deleteLater()
        names = [sheet.name for sheet in self._status.sheets]
        self._sheet = self._sheet if self._sheet in names else next(iter(names), "")
        self.sheet_buttons = {sheet.name: SheetButton(sheet) for sheet in self._status.sheets}
        for name, button in self.sheet_buttons.items():
            button.set_chosen(name == self._sheet)
            button.clicked.connect(lambda _, chosen=name: self._choose(chosen))
            self._choice_box.addWidget(button)
        retranslate_all(self._choice, self._translations)

    def _choose(self, name: str) -> None:
        self._sheet = name
        self._shows_students = self._shows_students and self._is_for_students
        for other, button in self.sheet_buttons.items():
            button.set_chosen(other == name)
        self._show_rows()
        self._show_lead()

    @property
    def _is_for_students(self) -> bool:
        return self._chosen_sheet is not None and self._chosen_sheet.kind == "student"

    def _show_lead(self) -> None:
        status = self._status
        if status.activity:
            self.lead.set_key(f"photo_sheets.activity.{status.activity}")
        elif self._shows_students and status.students_of is not None:
            self.lead.set_key("photo_sheets.lead_students", name=_class_name(status.students_of))
        else:
            self.lead.set_key("photo_sheets.lead" if status.classes else "photo_sheets.none")

    def _show_rows(self) -> None:
        self._list, self.rows = QWidget(), []
        box = column(self._list)
        box.setSpacing(self._scale.px(12))
        sheet_class = self._status.students_of if self._shows_students else None
        for line in self._student_rows(sheet_class) if sheet_class is not None else self._class_rows():
            line.print_button.setEnabled(self._can_print)
            line.update_layout(self._scale, padding=18, spacing=16)
            self.rows.append(line)
            box.addWidget(line)
        box.addStretch(1)
        self.scroll_area.setWidget(self._list)
        retranslate_all(self._list, self._translations)

    def _class_rows(self) -> list[PrintRow]:
        several_campaigns = len({sheet_class.campaign for sheet_class in self._status.classes}) > 1
        lines = []
        for sheet_class in self._status.classes[:MAX_ROWS]:
            key = "photo_sheets.class_of" if several_campaigns else "photo_sheets.class"
            name = Message(key, {"name": _class_name(sheet_class), "campaign": sheet_class.campaign_title})
            line = PrintRow(name, Message("photo_sheets.photos", {"count": sheet_class.photos}), self._is_for_students)
            line.open_requested.connect(lambda chosen=sheet_class: self.students_requested.emit(chosen))
            line.print_requested.connect(lambda chosen=sheet_class: self._print(chosen, None))
            lines.append(line)
        return lines

    def _student_rows(self, sheet_class: SheetClass) -> list[PrintRow]:
        lines = []
        for student in self._status.students[:MAX_ROWS]:
            name = Message("photo_sheets.student", {"name": student.name, "number": student.student_no})
            line = PrintRow(name, None, opens=False)
            line.print_requested.connect(lambda chosen=student: self._print(sheet_class, chosen))
            lines.append(line)
        return lines

    def _print(self, sheet_class: SheetClass, student: SheetStudent | None) -> None:
        if self._chosen_sheet is not None:
            self.print_requested.emit(sheet_class, student, self._chosen_sheet)

    def _on_back(self) -> None:
        if not self._shows_students:
            self.closed.emit()
            return
        self._shows_students = False
        self._show_rows()
        self._show_lead()

    def _on_reload(self) -> None:
        self._shows_students = False
        self.load_requested.emit()


def _rows_of(status: SheetStatus) -> tuple[object, ...]:
    return status.classes, status.students_of, status.students


def _class_name(sheet_class: SheetClass) -> Message | str:
    return sheet_class.name or Message("photo_sheets.no_class")
