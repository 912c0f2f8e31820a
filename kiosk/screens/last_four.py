"""The screen on which everybody without a card types the last four characters of their ID number."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QGridLayout, QPushButton, QStackedWidget, QWidget

from kiosk.last_four import CHARACTERS
from kiosk.screens.pin_pad import Dots
from kiosk.screens.screen import Halves, Notice, column, fill, row
from kiosk.screens.speech import Button, Text
from kiosk.screens.theme import Scale
from kiosk.sitting import Pace, Sitting

_DIGITS: Final = "123456789X0"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class LastFourScreen(Halves):
    """Shows the masked name and nothing else of the person; of what is typed, only how much. A switch leads from the
    digits to all letters, which passports have."""

    typed = pyqtSignal(str)
    left = pyqtSignal()
    staff_asked = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("last_four", picture_first=False)
        self.name = Text(role="accent")
        self.title = Text("screen.last_four.title", "title")
        self.lead = Text("screen.last_four.lead", "lead")
        self.notice = Notice("last_four_notice")
        self.dots = Dots()
        self.keys: dict[str, QPushButton] = {}
        self._erases: list[QPushButton] = []
        self._pads = QStackedWidget()
        self._grids = [self._pad(_DIGITS, 3), self._pad(_LETTERS, 7)]
        self.letters = Button("screen.last_four.letters", "last_four_letters", "plain")
        self.enter = Button("screen.last_four.enter", "last_four_enter", "primary")
        self.staff = Button("screen.last_four.staff", "last_four_staff", "primary")
        self.back = Button("screen.leave", "last_four_back", "quiet")
        self.letters.clicked.connect(self._switch)
        self.enter.clicked.connect(self._hand_in)
        self.staff.clicked.connect(self.staff_asked)
        self.back.clicked.connect(self.left)
        self._keyboard, self._row = QWidget(), QWidget()
        self._keyboard_box, self._row_box = column(self._keyboard), row(self._row)
        self._locked = self._checking = False
        self._show("")

    def show_sitting(self, sitting: Sitting, now: float, pace: Pace) -> None:
        self.name.write(sitting.sitter.name if sitting.sitter is not None else "")
        self.notice.setVisible(sitting.notice is not None)
        self.notice.text.tell(sitting.notice)
        self._locked, self._checking = sitting.locked, sitting.checking
        self.title.say("screen.last_four.for_staff" if sitting.locked else "screen.last_four.title")
        self.lead.say("screen.last_four.checking" if sitting.checking else "screen.last_four.lead")
        self.lead.setHidden(sitting.locked)
        self._keyboard.setHidden(sitting.locked)
        self.dots.setHidden(sitting.locked)
        self.staff.setVisible(sitting.locked)
        self._show(self._typed)

    def wipe(self) -> None:
        self.leave_off()
        self.name.wipe()
        self.notice.text.wipe()

    def leave_off(self) -> None:
        self._show("")
        self._pads.setCurrentIndex(0)
        self.letters.say("screen.last_four.letters")

    def arrange(self, scale: Scale) -> None:
        side = self.align(scale, self.name, self.title, self.lead)
        self.notice.arrange(scale)
        self.dots.setFixedHeight(scale.px(72))
        self.dots.setFixedWidth(scale.px(280))
        words = (self.name, 8, self.title, 20, self.lead, 28, (self.dots, side), 20, self.notice, 28, self.staff)
        self.put_words(scale, *words, 24, (self.back, side))
        for grid in self._grids:
            grid.setSpacing(scale.px(14))
        for letter in _LETTERS.replace("X", "") + "x":
            self.keys[letter].setStyleSheet(f"min-width: {scale.px(84)}px")
        for erase in self._erases:
            erase.setStyleSheet(f"font-size: {scale.px(34)}px")
        self._row_box.setSpacing(scale.px(14))
        fill(self._row_box, scale, (self.letters, 2), (self.enter, 3))
        self._keyboard_box.setSpacing(scale.px(14))
        fill(self._keyboard_box, scale, 1.0, self._pads, self._row, 1.0)
        self.halve(scale, self._keyboard, (6, 5), gap=64)
        if scale.tall:  # what to type stands above the keys
            fill(self._rows, scale, 1.0, self._words, self._keyboard, 1.0)

    def _pad(self, characters: str, columns: int) -> QGridLayout:
        pad = QWidget()
        grid = QGridLayout(pad)
        grid.setContentsMargins(0, 0, 0, 0)
        for place, character in enumerate(characters):
            grid.addWidget(self._key(character), place // columns, place % columns)
        line, place = divmod(len(characters), columns)
        grid.addWidget(self._erase(), line, place, 1, columns - place)
        self._pads.addWidget(pad)
        return grid

    def _key(self, character: str) -> QPushButton:
        key = QPushButton(character)
        name = character if character not in self.keys else character.lower()  # X stands on both pads
        key.setObjectName(f"last_four_{name}")
        key.setProperty("kind", "digit")
        key.setFocusPolicy(Qt.NoFocus)
        key.clicked.connect(lambda: self._show((self._typed + character)[:CHARACTERS]))
        self.keys[name] = key
        return key

    def _erase(self) -> QPushButton:
        erase = Button("screen.pin.erase", f"last_four_erase_{len(self._pads)}", "digit")
        erase.clicked.connect(lambda: self._show(self._typed[:-1]))
        self._erases.append(erase)
        return erase

    def _show(self, typed: str) -> None:
        self._typed = typed
        self.dots.show_count(len(typed))
        self.enter.setEnabled(len(typed) == CHARACTERS and not self._checking and not self._locked)

    def _switch(self) -> None:
        letters = self._pads.currentIndex() == 0
        self._pads.setCurrentIndex(int(letters))
        self.letters.say("screen.last_four.digits" if letters else "screen.last_four.letters")

    def _hand_in(self) -> None:
        typed = self._typed
        self._show("")
        self.typed.emit(typed)
