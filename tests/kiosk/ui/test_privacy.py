from PyQt5.QtWidgets import QLabel, QPushButton, QWidget

from config.i18n import Message
from kiosk.guidance.coaching.advice import Advice
from kiosk.ui.ui_settings import Look
from kiosk.ui.window import KioskWindow
from kiosk.visit.state import Step
from tests.kiosk.ui.visits import PERSONAL, frame, show


def texts(window: KioskWindow) -> str:
    shown: list[QWidget] = [*window.findChildren(QLabel), *window.findChildren(QPushButton)]
    inside = [window.simulator] if window.simulator else []
    return "\n".join(w.text() for w in shown if not any(panel.isAncestorOf(w) for panel in inside))


def whole_visit(window: KioskWindow, look: Look) -> None:
    show(window, Step.CONSENT, look)
    show(window, Step.POSE, look)
    window.show_frame(frame())
    window.show_advice(Advice("hint.hold", ready=True))
    assert not window.pose.live.empty
    show(window, Step.SHOOT, look, shots=1)
    show(window, Step.REVIEW, look)
    show(window, Step.ERROR, look, notice=Message("camera.lost"))
    show(window, Step.DONE, look)


def test_nothing_of_the_person_stays_after_the_visit(window: KioskWindow, look: Look) -> None:
    whole_visit(window, look)
    assert all(part in texts(window) for part in PERSONAL[:2])  # it was there: the test can fail
    assert not window.review.picture.empty
    assert window.done.receipt.text

    show(window, Step.IDLE, look)
    assert not any(part in texts(window) for part in PERSONAL)
    assert window.pose.live.empty
    assert window.review.picture.empty
    assert window.done.receipt.text == ""
    assert window.review.verdicts._verdicts == ()


def test_a_frame_that_comes_late_is_not_kept(window: KioskWindow, look: Look) -> None:
    whole_visit(window, look)
    show(window, Step.IDLE, look)
    window.show_frame(frame())
    window.show_advice(Advice("hint.hold", ready=True))
    assert window.pose.live.empty
    assert window.pose._advice is None
