"""The simulated studio of a station without devices: somebody sits down to pose, and the chair is empty afterwards."""

from __future__ import annotations

from kiosk.app import move_simulated_sitter
from kiosk.visit.step import Step


def test_somebody_sits_down_to_pose_and_leaves_afterwards() -> None:
    reported: list[str] = []
    for step in (
        Step.IDLE,
        Step.IDENTIFY,
        Step.CONSENT,
        Step.PREPARE,
        Step.POSE,
        Step.COUNTDOWN,
        Step.SHOOT,
        Step.REVIEW,
    ):
        move_simulated_sitter(step, reported.append)
    assert reported == ["scene empty", "scene right"]
    move_simulated_sitter(Step.DONE, reported.append)
    assert reported[-1] == "scene empty"
