"""Camera errors while a notice or a request for help about something else is shown."""

from __future__ import annotations

from typing import cast

from config.i18n import Message
from hardware.cameras.api import CameraProblem, Frame
from hardware.cameras.isolation.state import CameraState
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.visit.errors import STAFF_RETRY_INTERVAL_S
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from tests.kiosk.visit.harness import INFO, READY, VisitHarness, studio

__all__ = ["studio"]
LOST = CameraState("lost", INFO, CameraProblem("camera.lost"), 0.0)


def fail_a_slow_shot(studio: VisitHarness) -> None:
    """Let a shot fail: the sitter poses again, and the screen shows the reason."""
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    assert studio.controller.state.notice == Message("camera.slow")


def test_a_camera_that_is_lost_after_a_failed_shot_is_an_error(studio: VisitHarness) -> None:
    fail_a_slow_shot(studio)
    studio.camera.state = LOST
    studio.controller.on_camera_state(LOST)
    studio.controller.process_events()
    assert (studio.step, studio.controller.state.notice) == (Step.ERROR, Message("camera.lost"))


def test_the_notice_of_a_failed_shot_requests_no_help(studio: VisitHarness) -> None:
    fail_a_slow_shot(studio)
    studio.now += VisitTimeouts().help_after + 1.0
    studio.controller.touch()
    studio.controller.process_events()
    assert studio.controller.state.help is None


def test_an_error_that_requires_staff_is_not_retried_without_the_camera(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.camera.requests[-1].set_exception(CameraProblem("camera.card_full"))
    studio.until(lambda: studio.step is Step.ERROR)
    studio.camera.state = LOST
    studio.now += STAFF_RETRY_INTERVAL_S
    studio.controller.process_events()
    assert (studio.step, studio.controller.state.notice) == (Step.ERROR, Message("camera.card_full"))
    studio.camera.state = CameraState("live", INFO, None, 0.0)
    studio.controller.process_events()
    assert studio.step is Step.POSE


def test_a_late_analysis_does_not_end_a_request_for_help(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.request_help()
    studio.controller.on_advice(READY, cast(Frame, None))
    studio.controller.process_events()
    assert studio.step is Step.IDENTIFY
    assert studio.controller.state.is_help_pending


def test_a_slow_machine_gives_60_more_analyses_of_posing_and_at_most_ten_minutes() -> None:
    slow, very_slow = AnalysisRate(1.0), AnalysisRate(0.01)
    assert VisitTimeouts().for_rate(slow).pose == VisitTimeouts().pose + 60 * (1.0 - 0.2)
    assert VisitTimeouts().for_rate(very_slow).pose == VisitTimeouts().pose + 600.0
