"""Keys on the screen: the ten digits and X, or all letters; a button switches between them."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QGridLayout, QPushButton, QStackedWidget, QWidget

from kiosk.ui.base import column, fill_layout, row
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Button

_DIGITS: Final = "123456789X0"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Keypad(QWidget):
    """Emits `changed` with each key and `submitted` with the text, which is then cleared. A text has at least
    `min_length` and at most `max_length` characters. `name` is the prefix of the names of all keys."""

    changed = pyqtSignal(str)
    submitted = pyqtSignal(str)

    def __init__(self, name: str, min_length: int, max_length: int) -> None:
        super().__init__()
        self._name, self._min_length, self._max_length = name, min_length, max_length
        self._typed, self._ready = "", True
        self.keys: dict[str, QPushButton] = {}
        self._erase_buttons: list[QPushButton] = []
        self._scale: Scale | None = None
        self.pads = QStackedWidget()
        self._grids = [self._create_pad(_DIGITS, 3), self._create_pad(_LETTERS, 7)]
        self.letters = Button("screen.last_four.letters", f"{name}_letters", "plain")
        self.enter = Button("screen.last_four.enter", f"{name}_enter", "primary")
        self.letters.clicked.connect(self._toggle_letters)
        self.enter.clicked.connect(self._submit)
        self._bottom_row = QWidget()
        self._box, self._bottom_layout = column(self), row(self._bottom_row)
        self.set_typed("")

    def set_ready(self, ready: bool) -> None:
        """Set whether a text may be submitted."""
        self._ready = ready
        self.set_typed(self._typed)

    def clear(self) -> None:
        """Remove the text and show the digits again."""
        self.set_typed("")
        self.pads.setCurrentIndex(0)
        self.letters.set_key("screen.last_four.letters")

    def set_typed(self, typed: str) -> None:
        self._typed = typed[: self._max_length]
        self.enter.setEnabled(len(self._typed) >= self._min_length and self._ready)
        self.changed.emit(self._typed)

    def update_layout(self, scale: Scale) -> None:
        for grid in self._grids:
            grid.setSpacing(scale.px(14))
        if scale != self._scale:  # a style sheet is applied again even if it is the same
            self._scale = scale
            self._scale_keys(scale)
        self._bottom_layout.setSpacing(scale.px(14))
        fill_layout(self._bottom_layout, scale, (self.letters, 2), (self.enter, 3))
        self._box.setSpacing(scale.px(14))
        fill_layout(self._box, scale, 1.0, self.pads, self._bottom_row, 1.0)

    def _scale_keys(self, scale: Scale) -> None:
        for letter in _LETTERS.replace("X", "") + "x":
            self.keys[letter].setStyleSheet(f"min-width: {scale.px(84)}px")
        for erase in self._erase_buttons:
            erase.setStyleSheet(f"font-size: {scale.px(34)}px")

    def _create_pad(self, characters: str, columns: int) -> QGridLayout:
        pad = QWidget()
        grid = QGridLayout(pad)
        grid.setContentsMargins(0, 0, 0, 0)
        for place, character in enumerate(characters):
            grid.addWidget(self._create_key(character), place // columns, place % columns)
        line, place = divmod(len(characters), columns)
        grid.addWidget(self._create_erase_button(), line, place, 1, columns - place)
        self.pads.addWidget(pad)
        return grid

    def _create_key(self, character: str) -> QPushButton:
        key = QPushButton(character)
        name = character if character not in self.keys else character.lower()  # X is on both pads
        key.setObjectName(f"{self._name}_{name}")
        key.setProperty("kind", "digit")
        key.setFocusPolicy(Qt.NoFocus)
        key.clicked.connect(lambda: self.set_typed(self._typed + character))
        self.keys[name] = key
        return key

    def _create_erase_button(self) -> QPushButton:
        erase = Button("screen.pin.erase", f"{self._name}_erase_{len(self._erase_buttons)}", "digit")
        erase.clicked.connect(lambda: self.set_typed(self._typed[:-1]))
        self._erase_buttons.append(erase)
        return erase

    def _toggle_letters(self) -> None:
        letters = self.pads.currentIndex() == 0
        self.pads.setCurrentIndex(int(letters))
        self.letters.set_key("screen.last_four.digits" if letters else "screen.last_four.letters")

    def _submit(self) -> None:
        typed = self._typed
        self.set_typed("")
        self.submitted.emit(typed)
