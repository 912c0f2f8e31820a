"""Looks at the newest live frame, over and over, in a thread of its own, and says what guidance says of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from config.standard import PhotoStandard
from hardware.cameras.camera import Frame
from kiosk.guidance.advice import Advice
from kiosk.guidance.guide import Guide

IDLE_WAIT = 0.005  # seconds between two looks for a new frame: far below a frame's 33 ms


class Analyst:
    """`newest(after)` gives the newest frame with a higher number, or None. `on_advice` is called in the thread."""

    def __init__(
        self,
        newest: Callable[[int], Frame | None],
        on_advice: Callable[[Advice, Frame], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._newest = newest
        self._on_advice = on_advice
        self._on_failure = on_failure
        self._wanted = threading.Event()
        self._stopped = threading.Event()
        self._standard: PhotoStandard | None = None
        self._fresh = False
        self._thread = threading.Thread(target=self._run, name="analyst", daemon=True)

    def start(self, expected: PhotoStandard) -> None:
        """`expected` is what most sitters will be judged by: what takes long to load is loaded before the first."""
        self._standard = expected
        self._thread.start()

    def watch(self, standard: PhotoStandard) -> None:
        """A new sitter stands there: begin to look, with nothing remembered of the one before."""
        self._standard = standard
        self._fresh = True
        self._wanted.set()

    def pause(self) -> None:
        self._wanted.clear()

    def stop(self) -> None:
        self._stopped.set()
        self._wanted.set()
        self._thread.join(timeout=3)

    def _run(self) -> None:
        number = -1
        guide = self._loaded()
        while self._wanted.wait() and not self._stopped.is_set():
            try:
                guide = self._prepared(guide)
                number = self._look(guide, number)
            except Exception as error:  # guidance must never take the station down with it: told, and begun anew
                self._on_failure(error)
                guide = None
                self._stopped.wait(1.0)
        if guide is not None:
            guide.close()

    def _loaded(self) -> Guide | None:
        try:
            return self._prepared(None)
        except Exception as error:  # told now, and tried again for the first sitter
            self._on_failure(error)
            return None

    def _prepared(self, guide: Guide | None) -> Guide:
        standard = self._standard
        assert standard is not None
        if guide is None or guide.standard != standard:
            if guide is not None:
                guide.close()
            guide = Guide(standard)
        if self._fresh:
            self._fresh = False
            guide.reset()
        return guide

    def _look(self, guide: Guide, number: int) -> int:
        frame = self._newest(number)
        if frame is None:
            time.sleep(IDLE_WAIT)
            return number
        advice = guide.look(frame.pixels, frame.taken_at)
        if self._wanted.is_set():
            self._on_advice(advice, frame)
        return frame.number
