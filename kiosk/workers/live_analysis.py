"""Continuous analysis of the newest live frame on a background thread."""

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

POLL_INTERVAL_S = 0.005  # seconds; far below the 33 ms of a frame
RECOVERY_FACTOR = 1.2
"""A slow machine counts as fast enough at this multiple of the required rate; prevents alternating reports."""


def _no_frame_before(taken_at: float) -> Frame | None:
    return None


class LiveAnalyzer:
    """Analyzes live frames between `resume` and `pause`.

    `newest(after)` returns the newest frame with a higher number, or None. `frame_before(taken_at)` returns a frame
    that the camera took shortly before that time. The thread calls `on_advice` for each frame, and `on_rate` when the
    analysis becomes too slow (with the rate) or fast enough again (None). Most sitters use `default_standard`.
    """

    def __init__(
        self,
        newest: Callable[[int], Frame | None],
        on_advice: Callable[[Advice, Frame], None],
        on_failure: Callable[[BaseException], None],
        frame_before: Callable[[float], Frame | None] = _no_frame_before,
        on_rate: Callable[[AnalysisRate | None], None] = lambda rate: None,
        default_standard: PhotoStandard | None = None,
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
        self._standard = default_standard
        self._reset_pending = False
        self._thread = threading.Thread(target=self._run, name="live-analyzer", daemon=True)

    def start(self) -> None:
        """Start the thread; it loads the models for the default standard before the first sitter comes."""
        self._thread.start()

    def resume(self, standard: PhotoStandard) -> None:
        """Start analyzing a new sitter; forget the previous one."""
        self._standard = standard
        self._reset_pending = self._is_starting = True
        self._active.set()

    def pause(self) -> None:
        self._active.clear()

    @property
    def is_starting(self) -> bool:
        """Whether the present sitter has no advice yet: on a slow machine loading the models or the first frame
        takes long."""
        return self._is_starting

    @property
    def rate(self) -> AnalysisRate | None:
        """Analyses per second, measured recently; None before the first measurement."""
        return self._rate

    def stop(self) -> None:
        self._stopped.set()
        self._active.set()
        if self._thread.is_alive():
            self._thread.join(timeout=3)

    def _run(self) -> None:
        number = -1
        guide = self._preload()
        while self._active.wait() and not self._stopped.is_set():
            try:
                guide = self._prepare(guide)
                number = self._analyze_newest(guide, number)
            except Exception as error:  # a bug in guidance must not stop the station: report it and restart
                self._on_failure(error)
                guide = None
                self._stopped.wait(1.0)
        if guide is not None:
            guide.close()

    def _preload(self) -> LiveGuidance | None:
        try:
            return self._prepare(None)
        except Exception as error:  # report it now, retry for the first sitter
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
        """Report once when the rate becomes too low, and once when it is well above the required rate again."""
        rate = self._rate
        if rate is None or rate.slow is self._reported_slow:
            return
        if self._reported_slow and rate.rate_hz < RECOVERY_FACTOR * rate.required_hz:
            return
        self._reported_slow = rate.slow
        self._on_rate(rate if rate.slow else None)
