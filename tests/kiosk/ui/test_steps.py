from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from typing import cast

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from config.i18n import Message, translations
from kiosk.capture.types import Portrait
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.verdict import Outcome, failed_verdicts
from kiosk.tools.gallery.sample_data import portrait_of
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.visit_connections import connect_visit
from kiosk.ui.widgets.live_view import Phase
from kiosk.ui.widgets.translated import Label
from kiosk.ui.window import KioskWindow
from kiosk.visit.controller import VisitController
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import NOW, frame, show_step

SCREENS = {
    Step.IDLE: "welcome",
    Step.IDENTIFY: "identify",
    Step.DOCUMENT: "document",
    Step.STUDENT_NO: "student_no",
    Step.LAST_FOUR: "last_four",
    Step.CHOOSE: "choose",
    Step.CONSENT: "consent",
    Step.PREPARE: "prepare",
    Step.POSE: "pose",
    Step.COUNTDOWN: "pose",
    Step.SHOOT: "pose",
    Step.REVIEW: "review",
    Step.PAYMENT: "payment",
    Step.DONE: "done",
    Step.ENDED: "ended",
    Step.ERROR: "error",
}
BUTTONS = [
    (Step.IDLE, "start", "welcome.started", "start"),
    (Step.IDENTIFY, "identify_back", "identify.leave_requested", "leave"),
    (Step.IDENTIFY, "identify_document", "identify.document_requested", "start_document"),
    (Step.DOCUMENT, "document_back", "document.closed", "cancel_document"),
    (Step.IDENTIFY, "identify_student_no", "identify.student_no_requested", "start_student_no"),
    (Step.STUDENT_NO, "student_no_back", "student_no.leave_requested", "cancel_student_no"),
    (Step.LAST_FOUR, "last_four_back", "last_four.leave_requested", "leave"),
    (Step.CHOOSE, "choose_1", "choose_enrolment.chosen", "choose_enrolment"),
    (Step.CHOOSE, "choose_leave", "choose_enrolment.leave_requested", "leave"),
    (Step.CONSENT, "agree", "consent.consented", "consent"),
    (Step.CONSENT, "decline", "consent.declined", "leave"),
    (Step.PREPARE, "ready", "prepare.prepared", "confirm_prepared"),
    (Step.PREPARE, "prepare_leave", "prepare.leave_requested", "leave"),
    (Step.POSE, "pose_leave", "pose.leave_requested", "leave"),
    (Step.REVIEW, "accept", "review.accepted", "accept"),
    (Step.REVIEW, "retake", "review.retake_requested", "retake"),
    (Step.PAYMENT, "payment_later", "payment.continued", "pay_later"),
    (Step.DONE, "finish", "done.finished", "leave"),
    (Step.ERROR, "retry", "error.retry_requested", "retry"),
    (Step.ERROR, "error_leave", "error.leave_requested", "leave"),
    (Step.ERROR, "call", "error.help_requested", "request_help"),
    (Step.POSE, "pose_help", "pose.help_requested", "request_help"),
    (Step.ENDED, "ended_finish", "ended.finished", "leave"),
]


class RecordingController:
    """Records the names of the methods that Qt calls.

    It is no Mock, because a test process crashed in Qt while Mocks were connected to signals.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        getattr(VisitController, name)  # raises AttributeError for a method that the controller does not have

        def record(*arguments: object) -> None:
            self.calls.append(name)

        return record


@pytest.mark.parametrize("step", list(Step))
def test_every_step_shows_its_screen(window: KioskWindow, ui_settings: UiSettings, step: Step) -> None:
    show_step(window, step, ui_settings)
    assert window.screen_name == SCREENS[step]
    assert window.findChild(type(window.screens.by_step[step]), SCREENS[step]).isVisible()


@pytest.mark.parametrize(("step", "button", "signal", "action"), BUTTONS)
def test_a_touch_is_signalled_once_and_calls_the_controller(
    window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot, step: Step, button: str, signal: str, action: str
) -> None:
    controller = RecordingController()
    connect_visit(window, cast(VisitController, controller))
    show_step(window, step, ui_settings, **({"notice": Message("camera.slow")} if button == "retry" else {}))
    widget = window.findChild(QPushButton, button)
    received: list[None] = []
    attrgetter(signal)(window).connect(lambda: received.append(None))
    assert widget.isVisible()
    assert min(widget.width(), widget.height()) >= 88
    qtbot.mouseClick(widget, Qt.LeftButton)
    assert len(received) == 1
    assert [name for name in controller.calls if name != "touch"] == [action]


def test_the_reason_for_a_refused_card_is_shown_until_the_next_card(
    window: KioskWindow, ui_settings: UiSettings
) -> None:
    show_step(window, Step.IDENTIFY, ui_settings, notice=Message("roster.captured"))
    assert window.identify.notice.isVisible()
    assert "拍" in window.identify.notice.label.text()
    show_step(window, Step.IDENTIFY, ui_settings)
    assert not window.identify.notice.isVisible()


def test_the_live_view_follows_advice_countdown_and_shot(window: KioskWindow, ui_settings: UiSettings) -> None:
    live = window.pose.live_view
    show_step(window, Step.POSE, ui_settings)
    window.show_advice(Advice("hint.closer"))
    assert live.phase is Phase.SEEKING
    window.show_advice(Advice("hint.hold", ready=True))
    assert live.phase is Phase.READY
    show_step(window, Step.COUNTDOWN, ui_settings, now=NOW + 1.2)
    assert (live.phase, live.number) == (Phase.COUNTDOWN, 2)
    assert live.progress == pytest.approx(0.4)
    show_step(window, Step.SHOOT, ui_settings)
    assert live.phase is Phase.SHOOTING
    show_step(window, Step.SHOOT, ui_settings, shot_count=1)
    assert live.phase is Phase.PROCESSING
    show_step(window, Step.POSE, ui_settings, shot_count=1)
    assert "2" in window.pose.stage.text()


def test_the_hint_shows_the_message_of_the_advice(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.POSE, ui_settings)
    window.show_advice(Advice("hint.closer"))
    first = window.pose.hint.text()
    window.show_advice(Advice("hint.back", operator_hint="operator.backdrop_shadow"))
    assert window.pose.hint.text() not in (first, "hint.back", "")
    assert window.pose.live_view.staff_hint.isVisible()
    window.show_advice(Advice("hint.back"))
    assert not window.pose.live_view.staff_hint.isVisible()


def test_a_retake_starts_without_the_advice_of_the_last_pose(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.POSE, ui_settings)
    window.show_frame(frame())
    window.show_advice(Advice("hint.hold", ready=True))
    show_step(window, Step.REVIEW, ui_settings)
    show_step(window, Step.POSE, ui_settings, shot_count=1)
    assert window.pose.live_view.phase is Phase.SEEKING


def test_failed_verdicts_are_listed_first_with_their_reason(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.REVIEW, ui_settings, portrait=portrait_of(ui_settings.standard, ("eye_line",)), shot_count=3)
    texts = [text.text() for text in window.review.verdicts.widget().findChildren(Label)]
    assert "眼睛" in texts[0]
    assert len(texts) > 12
    assert window.review.lead.text() != ""
    assert not window.review.picture.is_empty
    assert "3" in window.review.shots.text()


def test_the_receipt_is_a_code_of_the_progress_page(window: KioskWindow, ui_settings: UiSettings) -> None:
    import cv2
    import numpy as np
    from PyQt5.QtGui import QImage

    show_step(window, Step.DONE, ui_settings)
    receipt = window.done.receipt
    image = receipt.grab().toImage().convertToFormat(QImage.Format_Grayscale8)
    bits = image.constBits().asstring(image.sizeInBytes())
    pixels = np.frombuffer(bits, np.uint8).reshape(image.height(), image.bytesPerLine())[:, : image.width()]
    text, *_ = cv2.QRCodeDetector().detectAndDecode(np.ascontiguousarray(pixels))
    assert text == receipt.text == "https://photos.example.edu.cn/p/7Hq2mZt4Kc9"


def test_an_error_shows_what_happened_first_and_the_explanation_after(
    window: KioskWindow, ui_settings: UiSettings
) -> None:
    show_step(window, Step.ERROR, ui_settings, shot_count=1)
    whole = window.error.headline.text() + window.error.explanation.text().replace("\n", "")
    assert whole == translations("zh_CN").translate("camera.lost")
    assert window.error.explanation.text()


_CONFLICT = Message("photo.conflict_one", {"one": Message("rule.face_width")})


def test_a_refused_shot_s_reason_outlasts_a_quick_countdown(window: KioskWindow, ui_settings: UiSettings) -> None:
    notice = window.pose.notice
    show_step(window, Step.SHOOT, ui_settings)
    show_step(
        window,
        Step.POSE,
        ui_settings,
        notice=Message("photo.too_far", {"have": 90, "need": 180, "conflict": _CONFLICT}),
    )
    assert notice.isVisible()
    assert "90" in notice.label.text()
    assert not window.pose.secondary.isVisible()
    window.show_advice(Advice("hint.hold", ready=True))
    show_step(window, Step.COUNTDOWN, ui_settings)
    assert notice.isVisible()
    notice.timer.stop()  # its display time has ended
    notice.timer.timeout.emit()
    assert not notice.isVisible()
    assert window.pose.secondary.isVisible()


def test_the_reason_stays_while_posing_and_disappears_with_the_next_shot(
    window: KioskWindow, ui_settings: UiSettings
) -> None:
    notice = window.pose.notice
    why = Message("photo.two_faces", {"count": 2})
    show_step(window, Step.POSE, ui_settings, notice=why)
    notice.timer.stop()
    notice.timer.timeout.emit()
    assert notice.isVisible()
    show_step(window, Step.COUNTDOWN, ui_settings)
    assert not notice.isVisible()
    show_step(window, Step.SHOOT, ui_settings)
    show_step(window, Step.POSE, ui_settings, notice=why)  # the same reason again
    assert notice.isVisible()
    assert notice.timer.isActive()
    show_step(window, Step.SHOOT, ui_settings)
    assert not notice.isVisible()
    assert notice.label.text() == ""


def test_development_is_shown_only_once_the_original_is_stored(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(
        window, Step.SHOOT, ui_settings, shot_count=1
    )  # a second shot: the first one is stored, the second one is not
    assert window.pose.live_view.phase is Phase.SHOOTING
    before = window.pose.hint.text()
    show_step(window, Step.SHOOT, ui_settings, shot_count=2)
    assert window.pose.live_view.phase is Phase.PROCESSING
    assert "冲洗" in window.pose.hint.text()
    assert "冲洗" not in before


def test_a_long_hint_next_to_a_notice_is_not_cut_off(window: KioskWindow, ui_settings: UiSettings) -> None:
    window.set_language("en")
    show_step(window, Step.POSE, ui_settings, notice=Message("photo.hair_high", {"pixels": 12, "conflict": _CONFLICT}))
    window.show_advice(Advice("hint.tilt_right", operator_hint="operator.light_left"))
    QApplication.sendPostedEvents()
    for text in (window.pose.hint, window.pose.notice.label, window.pose.live_view.staff_hint.label):
        assert text.heightForWidth(text.width()) <= text.height() + 1
    assert window.pose.leave_button.geometry().bottom() < window.pose.height()


def portrait_with(ui_settings: UiSettings, *outcomes: tuple[str, Outcome]) -> Portrait:
    """Return a portrait that meets all rules except those in `outcomes`."""
    changes = dict(outcomes)
    whole = portrait_of(ui_settings.standard)
    verdicts = [
        replace(v, outcome=changes[v.rule], reason=f"rule.{v.rule}.high") if v.rule in changes else v
        for v in whole.verdicts
    ]
    return replace(whole, verdicts=tuple(verdicts))


REVIEW_CASES = [
    ((), "screen.review.passed_questions", 12),
    ((("eye_line", Outcome.FAIL),), "screen.review.failed", 1),
    ((("eye_line", Outcome.FAIL), ("hair_top", Outcome.FAIL)), "screen.review.failed", 2),
    ((("eye_line", Outcome.UNSURE), ("hair_top", Outcome.UNSURE), ("roll", Outcome.UNSURE)), "screen.review.unsure", 3),
    ((("eye_line", Outcome.UNSURE), ("hair_top", Outcome.FAIL)), "screen.review.failed", 1),
]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize(("outcomes", "key", "number"), REVIEW_CASES)
def test_the_review_shows_how_many_requirements_are_not_met(
    window: KioskWindow,
    ui_settings: UiSettings,
    outcomes: tuple[tuple[str, Outcome], ...],
    key: str,
    number: int,
    language: str,
) -> None:
    """The screen never claims that a faulty portrait meets all requirements."""
    window.set_language(language)
    portrait = portrait_with(ui_settings, *outcomes)
    show_step(window, Step.REVIEW, ui_settings, portrait=portrait)
    assert window.review.lead.text() == translations(language).translate(key, number=number)
    assert {v.rule for v in failed_verdicts(portrait.verdicts)} == {rule for rule, o in outcomes if o is Outcome.FAIL}
    texts = [text.text() for text in window.review.verdicts.widget().findChildren(Label)]
    first = sorted(outcomes, key=lambda o: (o[1] is not Outcome.FAIL, [v.rule for v in portrait.verdicts].index(o[0])))
    keys = [key for rule, _ in first for key in (f"rule.{rule}", f"rule.{rule}.high")]
    reasons = [translations(language).translate(key) for key in keys]
    assert [text for text in texts if text in reasons][: len(reasons)] == reasons


def test_each_portrait_has_its_own_message(window: KioskWindow, ui_settings: UiSettings) -> None:
    for outcomes, key, number in (*REVIEW_CASES, *reversed(REVIEW_CASES)):
        show_step(window, Step.REVIEW, ui_settings, portrait=portrait_with(ui_settings, *outcomes))
        assert window.review.lead.text() == translations("zh_CN").translate(key, number=number)


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1280, 720)])
def test_verdicts_need_no_scrolling_if_all_pass(
    window: KioskWindow, ui_settings: UiSettings, size: tuple[int, int]
) -> None:
    window.resize(*size)
    show_step(window, Step.REVIEW, ui_settings)
    QApplication.sendPostedEvents()
    verdicts = window.review.verdicts
    assert verdicts.widget().height() <= verdicts.viewport().height()
    texts = [text.text() for text in verdicts.widget().findChildren(Label)]
    assert texts[0] == translations("zh_CN").translate("rule.hair_top")
    assert any("480 × 640" in text and "300 dpi" in text for text in texts)


def test_failed_rules_about_the_file_are_listed_one_by_one(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.REVIEW, ui_settings, portrait=portrait_of(ui_settings.standard, ("bytes",)))
    texts = [text.text() for text in window.review.verdicts.widget().findChildren(Label)]
    assert texts[0] == translations("zh_CN").translate("rule.bytes")
    assert not any("480 × 640" in text for text in texts)
    assert any("11" in text for text in texts)  # the other five and six more, all passed


def test_the_name_of_the_station_is_shown_once(qtbot: QtBot, ui_settings: UiSettings) -> None:
    for school in ("", "示范大学"):
        window = KioskWindow(replace(ui_settings, school=school))
        qtbot.addWidget(window)
        window.show()
        shown = [text.text() for text in window.findChildren(Label) if text.isVisible() and text.text()]
        assert shown.count(ui_settings.station) == 1
        assert shown.count("示范大学") == int(bool(school))
        window.leave_kiosk()
