"""The help banner and the presence question."""

from __future__ import annotations

import re

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from config.i18n import LANGUAGES, Message, catalogue_files
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import NOW, TIMEOUTS, show_step, visit_at

HELP = Message("help.requested")
CLAIMS = re.compile(
    r"已经?(请|通知|呼叫|叫)了?工作人员|(工作人员|老师)(马上|很快|会)(过)?来"
    r"|somebody is coming|has been (called|notified|told)"
)


def test_the_banner_is_as_wide_as_the_window_and_a_tenth_of_its_height(
    window: KioskWindow, ui_settings: UiSettings
) -> None:
    window.resize(1280, 720)
    window.show_visit(visit_at(Step.ERROR, ui_settings).on_help_requested(HELP, NOW), NOW, TIMEOUTS)
    banner = window.help_banner
    assert banner.isVisible()
    assert banner.width() == window.width()
    assert banner.height() >= window.height() / 10
    assert banner.is_running()
    window.show_visit(
        visit_at(Step.ERROR, ui_settings).on_help_requested(HELP, NOW).on_help_acknowledged(), NOW, TIMEOUTS
    )
    assert not banner.isVisible()


def test_the_banner_changes_slowly_and_its_text_stays_legible(window: KioskWindow, ui_settings: UiSettings) -> None:
    window.show_visit(visit_at(Step.POSE, ui_settings).on_help_requested(HELP, NOW), NOW, TIMEOUTS)
    shades = []
    for phase in (0.0, 0.25, 0.5, 0.75):
        window.help_banner.freeze(phase)
        image = window.help_banner.grab().toImage()
        shades.append(image.pixelColor(image.width() // 4, 4).lightnessF())
    assert max(shades) - min(shades) < 0.3
    assert min(shades) > 0.3


def test_the_pose_screen_mentions_the_banner_only_while_it_is_visible(
    window: KioskWindow, ui_settings: UiSettings
) -> None:
    from kiosk.guidance.coaching.advice import Advice

    show_step(window, Step.POSE, ui_settings)
    window.show_advice(Advice("hint.nobody", needs_help=True))
    assert "求助" not in window.pose.secondary.text()
    window.show_visit(visit_at(Step.POSE, ui_settings).on_help_requested(HELP, NOW), NOW, TIMEOUTS)
    assert "求助" in window.pose.secondary.text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_claims_that_staff_were_notified(language: str) -> None:
    for path in catalogue_files(language):
        for sentence in re.findall(r'^msgstr "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE):
            assert not CLAIMS.search(sentence), (path.name, sentence)


@pytest.mark.parametrize("step", [Step.CONSENT, Step.REVIEW])
def test_a_touch_anywhere_confirms_presence_and_presses_no_button_below(
    window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot, step: Step
) -> None:
    late = NOW + getattr(TIMEOUTS, step.value) - 5
    show_step(window, step, ui_settings, now=late)
    assert window.still_there.isVisible()
    assert "5" in window.still_there.seconds.text()
    received: list[str] = []
    review, consent = window.review, window.consent
    window.still_there.touched.connect(lambda: received.append("touched"))
    for button in (consent.consented, consent.declined, review.accepted, review.retake_requested):
        button.connect(lambda: received.append("a button below"))
    for corner in ((0.06, 0.3), (0.5, 0.97), (0.9, 0.9)):
        place = QPoint(int(window.width() * corner[0]), int(window.height() * corner[1]))
        qtbot.mouseClick(window.childAt(place), Qt.LeftButton)
    assert set(received) == {"touched"}
    window.show_visit(visit_at(step, ui_settings).on_touch(late), late, TIMEOUTS)
    assert not window.still_there.isVisible()


def test_a_touch_on_any_button_counts_as_a_touch(window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot) -> None:
    show_step(window, Step.CONSENT, ui_settings)
    with qtbot.waitSignal(window.touch_filter.touched):
        qtbot.mouseClick(window.consent.decline, Qt.LeftButton)
    QApplication.sendPostedEvents()


def test_the_end_of_a_visit_is_shown_with_a_countdown(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.ENDED, ui_settings, now=NOW + 10, notice=Message("visit_ended.portrait_saved"))
    assert "照片已保存" in window.ended.explanation.text()
    assert str(round(TIMEOUTS.ended) - 10) in window.ended.seconds.text()
