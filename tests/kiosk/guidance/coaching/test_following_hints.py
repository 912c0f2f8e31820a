"""The simulated sitter with the complete guidance: a sitter who follows only the hints is soon ready."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.standards.registry import load_standard
from hardware.simulators.studio_camera.driver import NO_DELAYS, StudioCamera
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.hints import REPHRASED_SUFFIX
from kiosk.guidance.live import LiveGuidance
from kiosk.visit.timeouts import VisitTimeouts
from tests.kiosk.guidance.scripted_sitters import LIMIT_S, REACTION_S

STEP_S = 0.2
SETTLE_S = 3.0  # after this time the simulated sitter is still
HINTS = {
    "empty": "hint.nobody",
    "two_people": "hint.several",
    "off_centre": "hint.move_right",
    "too_near": "hint.back",
    "too_far": "hint.closer",
    "tilted": "hint.tilt_right",
    "turned": "hint.turn_right",
    "eyes_shut": "hint.open_eyes",
    "mouth_open": "hint.close_mouth",
    "half_dark": "hint.light",
    "wall_shadow": "hint.backdrop",
    "blurred": "hint.focus",
}


class GuidedSitter:
    """The simulated studio with its guidance; the test controls the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.camera = StudioCamera(NO_DELAYS, clock=lambda: self.now, sleep=lambda seconds: None)
        self.camera.open()
        self.guide = LiveGuidance(load_standard("chsi"))

    def begin(self, scene: str) -> None:
        self.camera.send_command(f"scene {scene}")
        self.now += SETTLE_S
        self.camera.frame()
        self.guide.reset()

    def next_advice(self) -> Advice:
        advice = self.guide.analyze(self.camera.frame(), self.now)
        self.now += STEP_S
        return advice

    def close(self) -> None:
        self.guide.close()
        self.camera.close()


@pytest.fixture(scope="module")
def guided() -> Iterator[GuidedSitter]:
    sitter = GuidedSitter()
    yield sitter
    sitter.close()


@pytest.mark.parametrize("scene", HINTS)
def test_a_real_face_is_led_to_the_countdown_by_its_hint_alone(guided: GuidedSitter, scene: str) -> None:
    guided.begin(scene)
    started_at, hint_at, corrected = guided.now, None, False
    advice = guided.next_advice()
    while not (advice.ready and advice.steady_for >= VisitTimeouts().all_clear):
        assert guided.now - started_at <= LIMIT_S, (scene, advice.hint)
        if advice.hint.removesuffix(REPHRASED_SUFFIX) == HINTS[scene] and hint_at is None:
            hint_at = guided.now
        if hint_at is not None and not corrected and guided.now - hint_at >= REACTION_S:
            guided.camera.send_command("scene right")
            corrected = True
        advice = guided.next_advice()
    assert hint_at is not None, f"{scene}: ready without any hint"
