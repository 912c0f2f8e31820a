"""A visit on a slow machine, without waiting: the simulated studio, the real guidance and the real controller, whose
clock the test moves. Only the rate of the analysis is simulated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from hardware.cameras.api import Frame
from hardware.simulators.studio_camera.driver import NO_DELAYS, StudioCamera
from kiosk.guidance.analysis_rate import RateMeter
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.live import EarlierFrame, LiveGuidance
from kiosk.visit.step import Step
from tests.kiosk.visit.harness import CARD, VisitHarness

FRAME_S = 1 / 30
JITTER = (0.7, 1.3, 1.0, 1.25, 0.75)
"""Factors of the period: a busy machine analyses at irregular intervals."""


@dataclass
class SlowVisit:
    """A visit whose sitter poses; `scene` selects a scene of the simulated studio."""

    studio: VisitHarness
    camera: StudioCamera
    guide: LiveGuidance
    meter: RateMeter
    rate: float
    advices: list[Advice]

    def play(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Analyse at the rate for at most `seconds`; return whether `until` became true."""
        end, periods = self.studio.now + seconds, self._periods()
        while self.studio.now < end:
            if until():
                return True
            self._analyse(next(periods))
        return until()

    def scene(self, name: str) -> None:
        self.camera.send_command(f"scene {name}")

    def _periods(self) -> Iterator[float]:
        return (factor / self.rate for factor in cycle(JITTER))

    def _analyse(self, period: float) -> None:
        """Analyse the newest frame for `period` seconds, and only then pass the advice to the controller."""
        before: EarlierFrame = (self.camera.frame(), self.studio.now)
        self.studio.now += 8 * FRAME_S
        frame = Frame(self.camera.frame(), len(self.advices) + 1, self.studio.now)
        advice = self.guide.analyze(frame.pixels, frame.taken_at, lambda: before)
        self._advance(max(0.0, period - 8 * FRAME_S))
        self.studio.analyzer.rate = self.meter.rate
        self.advices.append(advice)
        if self.studio.analyzer.active:
            self.studio.controller.on_advice(advice, frame)
        self.studio.controller.process_events()

    def _advance(self, seconds: float) -> None:
        """Let `seconds` pass in steps of one frame of the live view, as in a kiosk."""
        steps = max(1, round(seconds / FRAME_S))
        for _ in range(steps):
            self.studio.now += seconds / steps
            self.studio.controller.process_events()


def slow_visit(folder: Path, rate: float, guide: LiveGuidance) -> SlowVisit:
    """Return a visit at the step in which the sitter poses, with `guide` reset."""
    studio = VisitHarness(folder)
    camera = StudioCamera(NO_DELAYS, clock=lambda: studio.now, sleep=lambda seconds: None)
    camera.open()
    guide._meter = meter = RateMeter()
    guide.reset()
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    assert studio.step is Step.POSE
    return SlowVisit(studio, camera, guide, meter, rate, [])
