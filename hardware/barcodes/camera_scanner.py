"""Reads codes out of the camera's live frames, in a thread of its own that takes the newest and keeps none waiting."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from hardware.barcodes.api import Scan
from hardware.barcodes.debounce import ScanDebouncer
from hardware.barcodes.decoder import LiveDecoder
from hardware.cameras.api import Frame

log = logging.getLogger(__name__)
_NO_FRAME_PAUSE_S: Final = 0.02
_JOIN_TIMEOUT_S: Final = 3.0


class CameraScanner:
    """A CodeScanner (hardware.barcodes.api). `newest(after)` gives the newest frame with a higher number, or None.

    It looks only between `watch` and `pause`, at most `rate` times a second; frames that come meanwhile are let go.
    `watch` may be called again and again.
    """

    def __init__(
        self,
        newest: Callable[[int], Frame | None],
        on_scan: Callable[[Scan], None],
        rate: float = 8.0,
        clock: Callable[[], float] = time.monotonic,
        debouncer: ScanDebouncer | None = None,
    ) -> None:
        self._newest = newest
        self._on_scan = on_scan
        self._interval = 1.0 / rate
        self._clock = clock
        self._debouncer = debouncer or ScanDebouncer()
        self._decoder = LiveDecoder()
        self._last_number = -1
        self._active = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="code-scanner", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def resume(self) -> None:
        self._active.set()

    def pause(self) -> None:
        self._active.clear()

    def stop(self) -> None:
        self._stopped.set()
        self._active.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_TIMEOUT_S)

    def _run(self) -> None:
        while True:
            if not self._active.is_set():
                self._active.wait()
                self._debouncer.resume(self._clock())
            if self._stopped.is_set():
                return
            began = self._clock()
            pause = self._interval if self._scan_newest() else _NO_FRAME_PAUSE_S
            self._stopped.wait(max(0.0, began + pause - self._clock()))

    def _scan_newest(self) -> bool:
        """Looks at the newest frame; False where there is none."""
        frame = self._newest(self._last_number)
        if frame is None:
            return False
        self._last_number = frame.number
        try:
            reads = self._decoder.decode(frame.pixels)
        except Exception:  # one frame that cannot be looked at must not end the looking
            log.exception("a live frame could not be searched for codes")
            return True
        for payload in self._debouncer.update(reads, self._clock()):
            if self._active.is_set() and not self._stopped.is_set():
                self._on_scan(Scan(payload, "camera"))
        return True
