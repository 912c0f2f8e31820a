import re
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

import kiosk.ui
from config.i18n import LANGUAGES, Message, catalogue_files, translations
from kiosk.guidance.coaching.advice import Advice
from kiosk.tools.gallery.sample_data import gallery_settings
from kiosk.tools.gallery.scenes import scenes
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.header import LANGUAGE_NAMES
from kiosk.ui.widgets.translated import Button, Label
from kiosk.ui.window import KioskWindow
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import PERSONAL_DATA, show_step

KEY = re.compile(r"^[a-z_]+(\.[a-z0-9_]+)+$")
HERE = Path(kiosk.ui.__file__).parent


def keys_of(language: str) -> set[str]:
    path = next(path for path in catalogue_files(language) if path.stem == "screens")
    return set(re.findall(r'^msgid "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE))


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    zh, en = keys_of("zh_CN"), keys_of("en")
    assert zh == en
    for key in zh:
        placeholders = [sorted(re.findall(r"{(\w+)}", translations(language).translate(key))) for language in LANGUAGES]
        assert placeholders[0] == placeholders[1], key
        assert all(translations(language).has(key) for language in LANGUAGES)


def test_every_key_in_the_code_has_a_message() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in HERE.rglob("*.py"))
    used = set(re.findall(r'"(screen\.[a-z0-9_.]+[a-z0-9])"', code))
    assert len(used) > 60
    assert used <= keys_of("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_screen_shows_a_key(window: KioskWindow, language: str) -> None:
    window.set_language(language)
    for name, enter in scenes(window, gallery_settings(language)):
        enter()
        for shown in (*window.findChildren(QLabel), *window.findChildren(QPushButton)):
            if shown.isVisible():
                assert not KEY.match(shown.text()), (name, shown.text())


def test_the_switch_changes_every_text_at_once(window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot) -> None:
    show_step(window, Step.POSE, ui_settings, notice=Message("photo.truncated"))
    window.show_advice(Advice("hint.closer"))
    widgets = [w for w in window.findChildren((Label, Button)) if w.text() and is_translated(w)]
    before = [widget.text() for widget in widgets]
    with qtbot.waitSignal(window.language_changed) as received:
        qtbot.mouseClick(window.header.languages.buttons["en"], Qt.LeftButton)
    assert received.args == ["en"]
    assert len(widgets) > 40
    unchanged = [widget.text() for widget, old in zip(widgets, before, strict=True) if widget.text() == old]
    assert unchanged == []
    assert not any(re.search(r"[\u4e00-\u9fff]", widget.text()) for widget in widgets)


def test_the_next_visit_starts_in_the_language_of_the_station(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.POSE, ui_settings)
    window.header.languages.chosen.emit("en")
    received: list[str] = []
    window.language_changed.connect(received.append)
    show_step(window, Step.IDLE, ui_settings)
    assert received == ["zh_CN"]
    assert window.welcome.start_button.text() == translations("zh_CN").translate("screen.welcome.start")


def test_each_language_has_a_name() -> None:
    assert set(LANGUAGE_NAMES) == set(LANGUAGES)


def is_translated(widget: Label | Button) -> bool:
    """Return whether the text of the widget comes from a catalogue and is no name or number."""
    if any(part in widget.text() for part in PERSONAL_DATA):
        return False
    return isinstance(widget, Button) or widget._message is not None
