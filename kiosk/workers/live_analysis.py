"""Continuous analysis of the newest live frame on a background thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from config.background_loop import BackgroundLoop
from config.standards.registry import PhotoStandard
from hardware.cameras.api import Frame
from kiosk.guidance.analysis_rate import AnalysisRate, RateMeter
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.live import EarlierFrame, LiveGuidance

POLL_INTERVAL_S: Final = 0.005  # far below the 33 ms of a frame
RESTART_DELAY_S: Final = 1.0  # after a bug in guidance
WATCH_INTERVAL_S: Final = 0.5
"""Time between two analyses that only detect whether somebody is there; one detection counts for many seconds."""
RECOVERY_FACTOR: Final = 1.2
"""A slow machine counts as fast enough at this multiple of the required rate; prevents alternating reports."""


def _no_frame_before(taken_at: float) -> Frame | None:
    return None


class LiveAnalyzer:
    """Analyzes live frames between `resume` or `watch` and `pause`.

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
        self._standard = default_standard
        self._interval = 0.0
        self._reset_pending = False
        self._guide: LiveGuidance | None = None
        self._frame_number = -1
        # The models for the default standard are loaded before the first sitter comes.
        self._loop = BackgroundLoop(
            "live-analyzer",
            self._analyze,
            on_start=self._preload,
            on_stop=self._active.set,
            on_end=self._close_guide,
            join_timeout=None,  # MediaPipe
        )
        self.start, self.stop = self._loop.start, self._loop.stop

    def resume(self, standard: PhotoStandard) -> None:
        """Start analyzing a new sitter, every frame; discard the results of the previous one."""
        self._begin(standard, 0.0)
        self._loop.wake()  # ends the wait between two frames of `watch`

    def watch(self, standard: PhotoStandard) -> None:
        """Like `resume`, but only two frames a second: enough to detect whether somebody is there."""
        self._begin(standard, WATCH_INTERVAL_S)

    def pause(self) -> None:
        self._active.clear()

    @property
    def is_starting(self) -> bool:
        """Whether the present sitter has no advice yet, because a slow machine loads the models or analyzes the first
        frame."""
        return self._is_starting

    @property
    def rate(self) -> AnalysisRate | None:
        """Analyses per second, measured recently; None before the first measurement."""
        return self._rate

    def _begin(self, standard: PhotoStandard, interval: float) -> None:
        self._standard, self._interval = standard, interval
        self._reset_pending = self._is_starting = True
        self._active.set()

    def _preload(self) -> None:
        try:
            self._prepare()
        except Exception as error:  # report it now, retry for the first sitter
            self._on_failure(error)

    def _analyze(self) -> float:
        """Analyze the newest frame once a sitter is there; return the seconds until the next."""
        self._active.wait()
        if self._loop.is_stopped:
            return 0.0
        try:
            return self._analyze_newest(self._prepare())
        except Exception as error:  # a bug in guidance must not stop the station: report it and restart
            self._on_failure(error)
            self._guide = None
            return RESTART_DELAY_S

    def _prepare(self) -> LiveGuidance:
        standard = self._standard
        assert standard is not None
        if self._guide is None or self._guide.standard != standard:
            self._close_guide()
            self._guide = LiveGuidance(standard, self._meter)
        if self._reset_pending:
            self._reset_pending = False
            self._guide.reset()
        return self._guide

    def _close_guide(self) -> None:
        guide, self._guide = self._guide, None
        if guide is not None:
            guide.close()

    def _analyze_newest(self, guide: LiveGuidance) -> float:
        frame = self._newest(self._frame_number)
        if frame is None:
            return POLL_INTERVAL_S
        if self._interval:
            self._meter.pause()  # the interval is no measure of this machine's speed
        advice = guide.analyze(frame.pixels, frame.taken_at, partial(self._previous_frame, frame))
        self._rate = self._meter.rate
        self._report_rate()
        if self._active.is_set():
            self._is_starting = False
            self._on_advice(advice, frame)
        self._frame_number = frame.number
        return self._interval

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
