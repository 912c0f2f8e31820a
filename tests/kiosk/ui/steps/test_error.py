"""The error screen for every problem: its sentences and buttons do not contradict each other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from config.i18n import LANGUAGES, Message, catalogue_files, translations
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from kiosk.visit.errors import STAFF_ACTION_REQUIRED
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import NOW, TIMEOUTS, visit_at

TRY_AGAIN = re.compile(r"再试|再拍一次|重新拍|try (once more|again)|take it again", re.IGNORECASE)
SAVED = re.compile(r"已保存|照片都在|安全保存|都安全|(is|are) (saved|safe)", re.IGNORECASE)
NONE_TAKEN = re.compile(r"还没有拍下照片|No photo has been taken yet")


def error_keys() -> Iterator[str]:
    for path in catalogue_files("en"):
        if path.stem in ("cameras", "dslr", "webcam", "photo", "station"):
            for key in re.findall(r'^msgid "((?:camera|photo|error)\.[a-z_0-9.]+)"$', path.read_text(), re.MULTILINE):
                if not key.startswith(("camera.setting", "camera.state", "camera.warning", "photo.conflict")):
                    yield key


def error_visit(key: str, ui_settings: UiSettings, shots: int) -> VisitState:
    placeholders = re.findall(r"{(\w+)", translations("en").translate(key))
    why = Message(key, dict.fromkeys(placeholders, "1"))
    back = Step.SHOOT if key.startswith("photo.disk") else Step.POSE
    return visit_at(Step.ERROR, ui_settings, shot_count=shots, notice=why, interrupted_step=back)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shots", [0, 1])
def test_no_problem_makes_the_screen_contradict_itself(
    window: KioskWindow, ui_settings: UiSettings, language: str, shots: int
) -> None:
    window.set_language(language)
    keys = sorted(set(error_keys()))
    assert len(keys) > 50
    for key in keys:
        window.show_visit(error_visit(key, ui_settings, shots), NOW, TIMEOUTS)
        screen = window.error
        message = f"{screen.headline.text()} {screen.explanation.text()}"
        status = " ".join(text.text() for text in (screen.photos_status, screen.resumes) if text.isVisible())
        assert not (SAVED.search(message) and NONE_TAKEN.search(status)), (key, message, status)
        assert not (SAVED.search(message) and SAVED.search(status)), (key, "stated twice", message, status)
        assert not (TRY_AGAIN.search(message) and not screen.retry_button.isVisible()), (
            key,
            message,
            "there is no button to try again",
        )
        assert screen.retry_button.isVisible() is not screen.resumes.isVisible(), key
        assert screen.help_button.isVisible()
        assert screen.leave_button.isVisible()


@pytest.mark.parametrize("key", sorted(STAFF_ACTION_REQUIRED))
def test_an_error_that_only_the_staff_can_correct_has_no_retry_button(
    window: KioskWindow, ui_settings: UiSettings, key: str
) -> None:
    window.show_visit(error_visit(key, ui_settings, 0), NOW, TIMEOUTS)
    assert not window.error.retry_button.isVisible()
    assert "自动继续" in window.error.resumes.text()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["photo.disk_full", "photo.disk_failed"])
@pytest.mark.parametrize("shots", [0, 1])
def test_a_shot_that_is_not_stored_is_called_neither_saved_nor_untaken(
    window: KioskWindow, ui_settings: UiSettings, language: str, key: str, shots: int
) -> None:
    window.set_language(language)
    window.show_visit(error_visit(key, ui_settings, shots), NOW, TIMEOUTS)
    texts = (window.error.headline, window.error.explanation, window.error.photos_status)
    text = " ".join(t.text() for t in texts if t.isVisible())
    assert text
    assert not NONE_TAKEN.search(text)
    assert not SAVED.search(text)
    assert not TRY_AGAIN.search(window.error.explanation.text()), "the photo is stored again, not taken again"
    assert window.error.photos_status.isVisible()
    assert window.error.photos_status.text() == translations(language).translate("screen.error.not_on_disk")
