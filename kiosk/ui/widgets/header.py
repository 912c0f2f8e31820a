"""The header of every screen: the station's name, the language switch, and the mark of a simulation."""

from __future__ import annotations

from PyQt5.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QPainter, QPolygonF
from PyQt5.QtWidgets import QPushButton, QSizePolicy, QWidget

from config.i18n import LANGUAGES, Translations, translations
from kiosk.ui.base import fill_layout, row
from kiosk.ui.painting.icons import create_painter
from kiosk.ui.painting.logo import HeaderLogo
from kiosk.ui.theme import Scale, colour, font
from kiosk.ui.widgets.translated import Label

# The name of a language is the same on the screens of every language, so these words are in no catalogue.
LANGUAGE_NAMES = {"zh_CN": "中文", "en": "English"}


class LanguageSwitch(QWidget):
    chosen = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("languages")
        self.box = row(self)
        self.buttons: dict[str, QPushButton] = {}
        for language in LANGUAGES:
            button = QPushButton(LANGUAGE_NAMES[language])
            button.setObjectName(f"language_{language}")
            button.setProperty("kind", "language")
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setFocusPolicy(Qt.NoFocus)
            button.clicked.connect(lambda _, chosen=language: self.chosen.emit(chosen))
            self.box.addWidget(button)
            self.buttons[language] = button

    def retranslate(self, tr: Translations) -> None:
        self.buttons[tr.language].setChecked(True)


class Header(QWidget):
    def __init__(self, station: str) -> None:
        super().__init__()
        self.setObjectName("header")
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self.logo = HeaderLogo()
        self.station = Label(role="smallstrong", wrap=False)
        self.station.set_text(station)
        self.languages = LanguageSwitch()
        self._box = row(self)

    def update_layout(self, scale: Scale) -> None:
        self.logo.setFixedSize(scale.px(64), scale.px(56))
        self.languages.box.setSpacing(scale.px(8))
        edge = scale.px(40)
        self._box.setContentsMargins(edge, scale.px(12), edge, scale.px(12))
        fill_layout(self._box, scale, self.logo, 16, self.station, 1.0, self.languages)


class SimulationBanner(QWidget):
    """A hatched strip along the top that marks a simulation."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("simulated")
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self.text = translations().translate("screen.simulated")
        self._height = 44

    def retranslate(self, tr: Translations) -> None:
        self.text = tr.translate("screen.simulated")
        self.update()

    def update_layout(self, scale: Scale) -> None:
        self._height = scale.px(48)
        self.setFixedHeight(self._height)

    def sizeHint(self) -> QSize:
        return QSize(400, self._height)

    def paintEvent(self, event: object) -> None:
        painter = create_painter(self)
        painter.fillRect(self.rect(), colour("sim"))
        height = float(self.height())
        face = font(round(height * 0.56), bold=True)
        painter.setFont(face)
        text_width = painter.fontMetrics().horizontalAdvance(self.text) + 2 * height
        left, right = (self.width() - text_width) / 2, (self.width() + text_width) / 2
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour("night", 0.82))
        painter.setClipRect(QRectF(0, 0, left, height))
        _paint_hatching(painter, self.width(), height)
        painter.setClipRect(QRectF(right, 0, self.width() - right, height))
        _paint_hatching(painter, self.width(), height)
        painter.setClipping(False)
        painter.setPen(colour("night"))
        painter.drawText(self.rect(), Qt.AlignCenter, self.text)


def _paint_hatching(painter: QPainter, width: int, height: float) -> None:
    x = -2 * height
    while x < width + height:
        points = [(x, height), (x + height, 0), (x + 1.5 * height, 0), (x + 0.5 * height, height)]
        painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))
        x += height
