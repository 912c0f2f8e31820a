"""Labels and buttons that hold a message key and show it in the chosen language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QPainter, QPaintEvent
from PyQt5.QtWidgets import QLabel, QPushButton, QSizePolicy, QStyle, QWidget

from config.i18n import Message, Translations, translations
from kiosk.ui.widgets.line_breaks import JOINER, hold_lines, join_last_characters


def message_text(tr: Translations, message: Message) -> str:
    """Return the text of a message; values that are messages themselves are translated too."""
    values = {k: message_text(tr, v) if isinstance(v, Message) else v for k, v in message.values.items()}
    return tr.translate(message.key, **values)


def retranslate_all(root: QWidget, tr: Translations) -> None:
    """Translate every widget below `root` that has a method `retranslate`."""
    for widget in root.findChildren(QWidget):
        retranslate = getattr(widget, "retranslate", None)
        if retranslate is not None:
            retranslate(tr)


class Label(QLabel):
    """A label that shows a message key (`set_key`) or a plain text, such as a masked name (`set_text`)."""

    def __init__(self, key: str = "", role: str = "body", wrap: bool = True, centred: bool = False) -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setWordWrap(wrap)
        self.setTextFormat(Qt.PlainText)
        if centred:
            self.setAlignment(Qt.AlignCenter)
        self.text_filter: Callable[[str], str] | None = None
        self._translations = translations()
        self._message: Message | None = Message(key) if key else None
        self._refresh()

    def set_key(self, key: str, **values: Any) -> None:
        self.set_message(Message(key, values))

    def set_message(self, message: Message | None) -> None:
        if message != self._message or (message is None and self.text()):
            self._message = message
            self._refresh()

    def set_text(self, text: str) -> None:
        self._message = None
        if text != self.text():
            self.setText(text)

    def clear(self) -> None:
        self.set_text("")

    def retranslate(self, tr: Translations) -> None:
        self._translations = tr
        if self._message is not None:
            self._refresh()

    def setText(self, text: str) -> None:
        super().setText(join_last_characters(text))

    def text(self) -> str:
        """Return the text, without the characters that only control line breaks."""
        return super().text().replace(JOINER, "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as QLabel does, but with better line breaks. They do not change the size of the label."""
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
        """Return the text with joiners wherever its lines must not break."""
        area, metrics = self.contentsRect(), self.fontMetrics()
        return hold_lines(self.text(), area.width(), area.height() // metrics.lineSpacing(), metrics.horizontalAdvance)

    def set_role(self, role: str) -> None:
        """Set another role of kiosk.qss."""
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)

    def _refresh(self) -> None:
        sentence = message_text(self._translations, self._message) if self._message else ""
        self.setText(self.text_filter(sentence) if self.text_filter else sentence)


class Button(QPushButton):
    """A button with a message key. It never takes the keyboard focus: a code scanner ends its input with Enter, which
    would press a focused button."""

    def __init__(self, key: str, name: str, kind: str = "plain") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", kind)
        self.setFocusPolicy(Qt.NoFocus)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self._key = key
        self.retranslate(translations())

    def set_key(self, key: str) -> None:
        self._key = key
        self.retranslate(self._translations)

    def retranslate(self, tr: Translations) -> None:
        self._translations = tr
        self.setText(tr.translate(self._key))
