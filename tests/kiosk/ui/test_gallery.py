from pathlib import Path

import pytest
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from config.i18n import LANGUAGES
from kiosk.tools.gallery.__main__ import render
from kiosk.tools.gallery.sample_data import gallery_settings
from kiosk.tools.gallery.scenes import scenes
from kiosk.ui.widgets.translated import Button, Label
from kiosk.ui.window import KioskWindow


def test_every_screen_is_rendered(tmp_path: Path, qtbot: QtBot) -> None:
    written = render(tmp_path, (640, 360), "zh_CN")
    pictures = {path.name: QImage(str(path)) for path in written}
    assert len(pictures) > 20
    assert all((picture.width(), picture.height()) == (640, 360) for picture in pictures.values())
    assert len({path.read_bytes() for path in written}) == len(written)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1280, 720), (1024, 768), (800, 800)])
def test_no_word_is_truncated(qtbot: QtBot, language: str, size: tuple[int, int]) -> None:
    ui_settings = gallery_settings(language)
    window = KioskWindow(ui_settings, size=size)
    qtbot.addWidget(window)
    window.show()
    for name, enter in scenes(window, ui_settings):
        enter()
        QApplication.sendPostedEvents()
        cut = [text.text() for text in window.findChildren(Label) if text.isVisible() and is_cut(text)]
        narrow = [b.text() for b in window.findChildren(Button) if b.isVisible() and b.width() < b.sizeHint().width()]
        assert (name, cut, narrow) == (name, [], [])
        beyond = [a.objectName() for a in window.findChildren(QScrollArea) if a.isVisible() and is_too_wide(a)]
        assert (name, beyond) == (name, [])
    window.leave_kiosk()


def is_too_wide(area: QScrollArea) -> bool:
    return bool(area.widget().width() > area.viewport().width())


def is_cut(text: Label) -> bool:
    if text.wordWrap():
        return text.heightForWidth(text.width()) > text.height() + 1
    return text.sizeHint().width() > text.width() + 1
