"""Looks at the newest live frame, over and over, in a thread of its own, and says what guidance says of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from config.standards.registry import PhotoStandard
from hardware.cameras.api import Frame
from kiosk.guidance.analysis_rate import AnalysisRate, RateMeter
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.live import EarlierFrame, LiveGuidance

POLL_INTERVAL_S = 0.005  # seconds between two looks for a new frame: far below a frame's 33 ms
RECOVERY_FACTOR = 1.2
"""Times the required rate from which a machine that was too slow counts as quick enough, so that the two do not take
turns."""


def _no_frame_before(taken_at: float) -> Frame | None:
    return None


class LiveAnalyzer:
    """`newest(after)` gives the newest frame with a higher number, or None; `before(taken_at)` one that the camera took
    shortly before that moment. `on_advice` is called in the thread, and so is `on_rate` when the analysis has become
    too slow (with the rate) or quick enough again (None)."""

    def __init__(
        self,
        newest: Callable[[int], Frame | None],
        on_advice: Callable[[Advice, Frame], None],
        on_failure: Callable[[BaseException], None],
        frame_before: Callable[[float], Frame | None] = _no_frame_before,
        on_rate: Callable[[AnalysisRate | None], None] = lambda rate: None,
    ) -> None:
        self._newest = newest
        self._frame_before = frame_before
        self._on_rate = on_rate
        self._meter = RateMeter()
        self._rate: AnalysisRate | None = None
        self._reported_slow = False
        self._is_starting = False
        self._on_advice = on_advice
        self._on_failure = on_failure
        self._active = threading.Event()
        self._stopped = threading.Event()
        self._standard: PhotoStandard | None = None
        self._reset_pending = False
        self._thread = threading.Thread(target=self._run, name="live-analyzer", daemon=True)

    def start(self, default_standard: PhotoStandard) -> None:
        """`expected` is what most sitters will be judged by: what takes long to load is loaded before the first."""
        self._standard = default_standard
        self._thread.start()

    def resume(self, standard: PhotoStandard) -> None:
        """A new sitter stands there: begin to look, with nothing remembered of the one before."""
        self._standard = standard
        self._reset_pending = self._is_starting = True
        self._active.set()

    def pause(self) -> None:
        self._active.clear()

    @property
    def is_starting(self) -> bool:
        """Whether nothing has been said yet of the sitter now before the camera: on a slow machine the nets are still
        being loaded, or the first frame takes long."""
        return self._is_starting

    @property
    def rate(self) -> AnalysisRate | None:
        """How often a second the sitters have lately been looked at; None before it was measured."""
        return self._rate

    def stop(self) -> None:
        self._stopped.set()
        self._active.set()
        self._thread.join(timeout=3)

    def _run(self) -> None:
        number = -1
        guide = self._preload()
        while self._active.wait() and not self._stopped.is_set():
            try:
                guide = self._prepare(guide)
                number = self._analyze_newest(guide, number)
            except Exception as error:  # guidance must never take the station down with it: told, and begun anew
                self._on_failure(error)
                guide = None
                self._stopped.wait(1.0)
        if guide is not None:
            guide.close()

    def _preload(self) -> LiveGuidance | None:
        try:
            return self._prepare(None)
        except Exception as error:  # told now, and tried again for the first sitter
            self._on_failure(error)
            return None

    def _prepare(self, guide: LiveGuidance | None) -> LiveGuidance:
        standard = self._standard
        assert standard is not None
        if guide is None or guide.standard != standard:
            if guide is not None:
                guide.close()
            guide = LiveGuidance(standard, self._meter)
        if self._reset_pending:
            self._reset_pending = False
            guide.reset()
        return guide

    def _analyze_newest(self, guide: LiveGuidance, number: int) -> int:
        frame = self._newest(number)
        if frame is None:
            time.sleep(POLL_INTERVAL_S)
            return number
        advice = guide.analyze(frame.pixels, frame.taken_at, partial(self._previous_frame, frame))
        self._rate = self._meter.rate
        self._report_rate()
        if self._active.is_set():
            self._is_starting = False
            self._on_advice(advice, frame)
        return frame.number

    def _previous_frame(self, frame: Frame) -> EarlierFrame | None:
        before = self._frame_before(frame.taken_at)
        return (before.pixels, before.taken_at) if before is not None else None

    def _report_rate(self) -> None:
        """Once when it becomes too slow, once when it is well above that again."""
        rate = self._rate
        if rate is None or rate.slow is self._reported_slow:
            return
        if self._reported_slow and rate.rate_hz < RECOVERY_FACTOR * rate.required_hz:
            return
        self._reported_slow = rate.slow
        self._on_rate(rate if rate.slow else None)
