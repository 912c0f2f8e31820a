"""The head line of every screen: the station's name, the language switch, and the loud mark of a simulation."""

from __future__ import annotations

from PyQt5.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QPainter, QPolygonF
from PyQt5.QtWidgets import QPushButton, QSizePolicy, QWidget

from config.i18n import LANGUAGES, Translations, translations
from kiosk.ui.base import fill, row
from kiosk.ui.painting.drawing import painter_on
from kiosk.ui.painting.emblem import Badge
from kiosk.ui.theme import Scale, colour, font
from kiosk.ui.widgets.translated import Text

# Each language is named in itself, whatever language is chosen: these are no words of a catalogue.
OWN_NAMES = {"zh_CN": "中文", "en": "English"}


class LanguageSwitch(QWidget):
    chosen = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("languages")
        self.box = row(self)
        self.buttons: dict[str, QPushButton] = {}
        for language in LANGUAGES:
            button = QPushButton(OWN_NAMES[language])
            button.setObjectName(f"language_{language}")
            button.setProperty("kind", "language")
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setFocusPolicy(Qt.NoFocus)
            button.clicked.connect(lambda _, chosen=language: self.chosen.emit(chosen))
            self.box.addWidget(button)
            self.buttons[language] = button

    def speak(self, language: Translations) -> None:
        self.buttons[language.language].setChecked(True)


class Header(QWidget):
    def __init__(self, station: str) -> None:
        super().__init__()
        self.setObjectName("header")
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self.badge = Badge()
        self.station = Text(role="smallstrong", wrap=False)
        self.station.write(station)
        self.languages = LanguageSwitch()
        self._box = row(self)

    def arrange(self, scale: Scale) -> None:
        self.badge.setFixedSize(scale.px(64), scale.px(56))
        self.languages.box.setSpacing(scale.px(8))
        edge = scale.px(40)
        self._box.setContentsMargins(edge, scale.px(12), edge, scale.px(12))
        fill(self._box, scale, self.badge, 16, self.station, 1.0, self.languages)


class Ribbon(QWidget):
    """A hatched strip along the top: nothing taken here is real."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("simulated")
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self.text = translations().translate("screen.simulated")
        self._height = 44

    def speak(self, language: Translations) -> None:
        self.text = language.translate("screen.simulated")
        self.update()

    def arrange(self, scale: Scale) -> None:
        self._height = scale.px(48)
        self.setFixedHeight(self._height)

    def sizeHint(self) -> QSize:
        return QSize(400, self._height)

    def paintEvent(self, event: object) -> None:
        painter = painter_on(self)
        painter.fillRect(self.rect(), colour("sim"))
        height = float(self.height())
        face = font(round(height * 0.56), bold=True)
        painter.setFont(face)
        wide = painter.fontMetrics().horizontalAdvance(self.text) + 2 * height
        left, right = (self.width() - wide) / 2, (self.width() + wide) / 2
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour("night", 0.82))
        painter.setClipRect(QRectF(0, 0, left, height))
        _hatch(painter, self.width(), height)
        painter.setClipRect(QRectF(right, 0, self.width() - right, height))
        _hatch(painter, self.width(), height)
        painter.setClipping(False)
        painter.setPen(colour("night"))
        painter.drawText(self.rect(), Qt.AlignCenter, self.text)


def _hatch(painter: QPainter, width: int, height: float) -> None:
    x = -2 * height
    while x < width + height:
        points = [(x, height), (x + height, 0), (x + 1.5 * height, 0), (x + 0.5 * height, height)]
        painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))
        x += height
