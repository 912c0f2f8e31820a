"""Labels and buttons that hold a word key and say it in whatever language is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QPainter, QPaintEvent
from PyQt5.QtWidgets import QLabel, QPushButton, QSizePolicy, QStyle, QWidget

from config.i18n import Message, Translations, translations
from kiosk.ui.widgets.line_breaks import JOINER, balanced, hold_lines


@runtime_checkable
class Speaks(Protocol):
    def speak(self, language: Translations) -> None: ...


def said(language: Translations, saying: Message) -> str:
    """The sentence of a saying; values that are sayings themselves are said in the same language."""
    values = {k: said(language, v) if isinstance(v, Message) else v for k, v in saying.values.items()}
    return language.translate(saying.key, **values)


def speak_all(root: QWidget, language: Translations) -> None:
    """Every label and button below `root` in one language, at once."""
    for widget in root.findChildren(QWidget):
        if isinstance(widget, Speaks):
            widget.speak(language)


class Text(QLabel):
    """A label that says a key (`say`) or shows what is no word, such as a masked name (`write`)."""

    def __init__(self, key: str = "", role: str = "body", wrap: bool = True, centred: bool = False) -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setWordWrap(wrap)
        self.setTextFormat(Qt.PlainText)
        if centred:
            self.setAlignment(Qt.AlignCenter)
        self.shape: Callable[[str], str] | None = None
        self._words = translations()
        self._saying: Message | None = Message(key) if key else None
        self._show()

    def say(self, key: str, **values: Any) -> None:
        self.tell(Message(key, values))

    def tell(self, saying: Message | None) -> None:
        if saying != self._saying or (saying is None and self.text()):
            self._saying = saying
            self._show()

    def write(self, text: str) -> None:
        self._saying = None
        if text != self.text():
            self.setText(text)

    def wipe(self) -> None:
        self.write("")

    def speak(self, language: Translations) -> None:
        self._words = language
        if self._saying is not None:
            self._show()

    def setText(self, text: str) -> None:
        super().setText(balanced(text))

    def text(self) -> str:
        """What it says, without the marks that only shape its lines."""
        return super().text().replace(JOINER, "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """As QLabel does, but with lines that break where a reader would. The label's size is not affected."""
        if not self.wordWrap():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        self.drawFrame(painter)
        area = self.contentsRect()
        align = QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        self.style().drawItemText(
            painter,
            area,
            int(align) | Qt.TextWordWrap,
            self.palette(),
            self.isEnabled(),
            self.lines(),
            self.foregroundRole(),
        )

    def lines(self) -> str:
        """The text with joiners wherever its lines must not break."""
        area, metrics = self.contentsRect(), self.fontMetrics()
        return hold_lines(self.text(), area.width(), area.height() // metrics.lineSpacing(), metrics.horizontalAdvance)

    def role(self, role: str) -> None:
        """Another role of kiosk.qss."""
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)

    def _show(self) -> None:
        sentence = said(self._words, self._saying) if self._saying else ""
        self.setText(self.shape(sentence) if self.shape else sentence)


class Button(QPushButton):
    """A button with a word key. It never takes the keyboard focus: a code scanner ends its burst with Enter, which
    would press a focused button."""

    def __init__(self, key: str, name: str, kind: str = "plain") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", kind)
        self.setFocusPolicy(Qt.NoFocus)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self._key = key
        self.speak(translations())

    def say(self, key: str) -> None:
        self._key = key
        self.speak(self._words)

    def speak(self, language: Translations) -> None:
        self._words = language
        self.setText(language.translate(self._key))
