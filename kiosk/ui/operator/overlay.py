"""Pages above the operator page, and the list that some of them show."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QSizePolicy, QWidget

from config.i18n import Translations, translations
from kiosk.ui.base import fit
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.scroll_area import TouchScrollArea


class Overlay(QWidget):
    """A page that covers the operator page from `open` until it is closed."""

    closed = pyqtSignal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self.setObjectName("operator")  # the same background as the page below
        self.setAttribute(Qt.WA_StyledBackground)
        self._scale, self._translations = Scale(1.0, False), translations()
        self.hide()

    def retranslate(self, tr: Translations) -> None:
        self._translations = tr

    def open(self) -> None:
        self.show()
        self.raise_()
        self._fit()

    def _fit(self) -> None:
        fit(self, self._scale, self.width(), self.height())


class ListArea(TouchScrollArea):
    """An area that scrolls a long list, so that the font does not become smaller."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Ignored)
