"""The choice between enrolments: every name is complete, and every screen is laid out for the present student."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest

from kiosk.tools.gallery.sample_data import ENROLMENTS, SITTER
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from kiosk.visit.sitter import EnrolmentChoice, Sitter
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import show_step

LONG = EnrolmentChoice(
    "马克思主义基本原理与中国特色社会主义理论体系研究（中外合作办学，全日制本科）2026 届 3 班",
    "示范大学联合附属继续教育与国际交流学院（新校区） · 2026 届毕业生学历证书及学位证书电子图像信息采集（第三批）",
)


def show(window: KioskWindow, ui_settings: UiSettings, *enrolments: EnrolmentChoice, name: str = "王*明") -> None:
    sitter: Sitter = replace(SITTER, name=name, enrolments=enrolments, shareable=True)
    show_step(window, Step.IDLE, ui_settings)
    show_step(window, Step.CHOOSE, ui_settings, sitter=sitter)


def overlaps(window: KioskWindow) -> bool:
    screen = window.screens.choose_enrolment
    screen.layout().activate()
    buttons = [*screen.buttons, screen.all_button, screen.back_button]
    places = [(button.mapTo(screen, button.rect().topLeft()).y(), button.height()) for button in buttons]
    return any(top + height > next_top for (top, height), (next_top, _) in pairwise(places))


def test_long_names_are_complete(window: KioskWindow, ui_settings: UiSettings) -> None:
    show(window, ui_settings, LONG, replace(LONG, label=f"{LONG.label}（辅修）"))
    screen = window.screens.choose_enrolment
    for button in screen.buttons:
        label = button.label
        assert label.fontMetrics().horizontalAdvance(LONG.campaign_name) > label.width(), "control: more than one line"
        assert label.height() >= label.heightForWidth(label.width())
        assert label.fontMetrics().height() >= 16, "the letters are not reduced to fit one line"
    assert not overlaps(window)


def test_the_text_of_a_choice_can_be_touched(window: KioskWindow, ui_settings: UiSettings) -> None:
    show(window, ui_settings, *ENROLMENTS)
    chosen: list[int] = []
    screen = window.screens.choose_enrolment
    screen.chosen.connect(chosen.append)
    label = screen.buttons[1].label
    QTest.mouseClick(window.windowHandle(), Qt.LeftButton, pos=label.mapTo(window, label.rect().center()))
    assert chosen == [1]


def test_the_next_student_may_have_more_enrolments(window: KioskWindow, ui_settings: UiSettings) -> None:
    show(window, ui_settings, *ENROLMENTS)
    show(window, ui_settings, *ENROLMENTS, ENROLMENTS[0])
    assert len(window.screens.choose_enrolment.buttons) == 3
    assert not overlaps(window)


def test_the_next_student_may_have_a_longer_name(window: KioskWindow, ui_settings: UiSettings) -> None:
    """The same holds for every screen that shows a name."""
    screen = window.screens.consent
    show_step(window, Step.CONSENT, ui_settings)
    name = "Maximiliana Konstantinopoulos-Featherstonehaugh de la Cruz y Montenegro " * 3
    show_step(window, Step.CONSENT, ui_settings, sitter=replace(SITTER, name=name.strip()))
    screen.layout().activate()
    assert screen.layout().totalHeightForWidth(screen.width()) <= screen.height()
