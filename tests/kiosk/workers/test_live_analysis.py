"""How often the live analysis analyses a frame, and the rate that it reports."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from config.standards.registry import PhotoStandard, load_standard
from hardware.cameras.api import Frame
from kiosk.guidance.analysis_rate import RateMeter
from kiosk.guidance.coaching.advice import Advice
from kiosk.workers import live_analysis
from kiosk.workers.live_analysis import LiveAnalyzer
from tests.waiting import scale_timeout

PIXELS = np.zeros((6, 8, 3), np.uint8)
ADVICE = Advice("hint.hold")


class Guidance:
    """A guidance that analyses nothing and measures the rate like the real one."""

    def __init__(self, standard: PhotoStandard, meter: RateMeter) -> None:
        self.standard, self._meter = standard, meter

    def reset(self) -> None:
        self._meter.pause()

    def analyze(self, pixels: object, now: float, earlier_frame: Callable[[], object]) -> Advice:
        self._meter.record_frame(now)
        return ADVICE

    def close(self) -> None:
        """Nothing was opened."""


class Analysis:
    """A running analyzer whose camera returns a new frame on each request, taken a second after the last."""

    def __init__(self) -> None:
        self.chsi = load_standard("chsi")
        self.analysed: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.failures: list[BaseException] = []
        self._numbers = itertools.count(1)
        self.analyzer = LiveAnalyzer(self._newest, self._on_advice, self.failures.append, default_standard=self.chsi)
        self.analyzer.start()

    def _newest(self, after: int) -> Frame:
        number = next(self._numbers)
        return Frame(PIXELS, number, float(number))

    def _on_advice(self, advice: Advice, frame: Frame) -> None:
        self.analysed.put(frame.number)

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            self.analysed.get(timeout=scale_timeout(20))

    def is_idle(self) -> bool:
        """Return whether no frame is analysed although there are new ones."""
        try:
            self.analysed.get(timeout=0.2)
        except queue.Empty:
            return True
        return False


@pytest.fixture
def analysis(monkeypatch: pytest.MonkeyPatch) -> Iterator[Analysis]:
    monkeypatch.setattr(live_analysis, "LiveGuidance", Guidance)
    monkeypatch.setattr(live_analysis, "WATCH_INTERVAL_S", 3600.0)
    running = Analysis()
    yield running
    running.analyzer.stop()
    assert running.failures == []


def test_a_sitter_who_poses_is_analysed_in_every_frame(analysis: Analysis) -> None:
    analysis.analyzer.resume(analysis.chsi)
    analysis.wait_for(10)


def test_a_sitter_who_is_only_watched_is_analysed_now_and_then(analysis: Analysis) -> None:
    analysis.analyzer.watch(analysis.chsi)
    analysis.wait_for(1)
    assert analysis.is_idle()


def test_a_sitter_who_poses_again_is_analysed_at_once(analysis: Analysis) -> None:
    analysis.analyzer.watch(analysis.chsi)
    analysis.wait_for(1)
    analysis.analyzer.resume(analysis.chsi)
    analysis.wait_for(10)


def test_the_pauses_of_watching_are_not_a_slow_machine(analysis: Analysis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_analysis, "WATCH_INTERVAL_S", 0.001)
    analysis.analyzer.watch(analysis.chsi)
    analysis.wait_for(10)
    assert analysis.analyzer.rate is None
    analysis.analyzer.resume(analysis.chsi)
    analysis.wait_for(10)
    rate = analysis.analyzer.rate
    assert rate is not None, "control: one frame a second is slow where every frame is analysed"
    assert rate.slow
