from PyQt5.QtWidgets import QLabel, QPushButton, QWidget

from config.i18n import Message
from kiosk.guidance.coaching.advice import Advice
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import PERSONAL_DATA, frame, show_step


def texts(window: KioskWindow) -> str:
    shown: list[QWidget] = [*window.findChildren(QLabel), *window.findChildren(QPushButton)]
    excluded = [window.simulator] if window.simulator else []
    return "\n".join(w.text() for w in shown if not any(panel.isAncestorOf(w) for panel in excluded))


def whole_visit(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.CONSENT, ui_settings)
    show_step(window, Step.POSE, ui_settings)
    window.show_frame(frame())
    window.show_advice(Advice("hint.hold", ready=True))
    assert not window.pose.live_view.is_empty
    show_step(window, Step.SHOOT, ui_settings, shot_count=1)
    show_step(window, Step.REVIEW, ui_settings)
    show_step(window, Step.PAYMENT, ui_settings)
    show_step(window, Step.ERROR, ui_settings, notice=Message("camera.lost"))
    show_step(window, Step.DONE, ui_settings)


def test_no_personal_data_stays_after_the_visit(window: KioskWindow, ui_settings: UiSettings) -> None:
    whole_visit(window, ui_settings)
    assert all(part in texts(window) for part in PERSONAL_DATA[:2])  # control: the data was shown
    assert not window.review.picture.is_empty
    assert window.done.receipt.text
    assert window.payment.codes["wechat"].picture.text

    show_step(window, Step.IDLE, ui_settings)
    assert not any(part in texts(window) for part in PERSONAL_DATA)
    assert window.pose.live_view.is_empty
    assert window.review.picture.is_empty
    assert window.done.receipt.text == ""
    assert [code.picture.text for code in window.payment.codes.values()] == ["", ""]
    assert window.review.verdicts._verdicts == ()


def test_a_late_frame_is_not_stored(window: KioskWindow, ui_settings: UiSettings) -> None:
    whole_visit(window, ui_settings)
    show_step(window, Step.IDLE, ui_settings)
    window.show_frame(frame())
    window.show_advice(Advice("hint.hold", ready=True))
    assert window.pose.live_view.is_empty
    assert window.pose._advice is None
