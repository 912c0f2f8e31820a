"""Background scanning of the newest live frame for codes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from config.background_loop import BackgroundLoop
from hardware.barcodes.api import Scan
from hardware.barcodes.debounce import ScanDebouncer
from hardware.barcodes.decoder import LiveDecoder
from hardware.cameras.api import Frame

log = logging.getLogger(__name__)
_NO_FRAME_PAUSE_S: Final = 0.02


class CameraScanner:
    """A CodeScanner (hardware.barcodes.api). `newest(after)` returns the newest frame with a higher number, or None.

    It scans only between `resume` and `pause`, at most `rate` times a second, and skips all other frames. `resume` may
    be called repeatedly.
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
        # join_timeout=None: ZXing is native code (see BackgroundLoop)
        self._loop = BackgroundLoop("code-scanner", self._scan, on_stop=self._active.set, join_timeout=None)
        self.start, self.stop = self._loop.start, self._loop.stop

    def resume(self) -> None:
        self._active.set()

    def pause(self) -> None:
        self._active.clear()

    def _scan(self) -> float:
        """Scan one frame when active; return the seconds until the next."""
        if not self._active.is_set():
            self._active.wait()
            self._debouncer.resume(self._clock())
        if self._loop.is_stopped:
            return 0.0
        began = self._clock()
        pause = self._interval if self._scan_newest() else _NO_FRAME_PAUSE_S
        return max(0.0, began + pause - self._clock())

    def _scan_newest(self) -> bool:
        """Scan the newest frame; return False if there is none."""
        frame = self._newest(self._last_number)
        if frame is None:
            return False
        self._last_number = frame.number
        try:
            reads = self._decoder.decode(frame.pixels)
        except Exception:  # one bad frame must not stop the scanning
            log.exception("a live frame could not be searched for codes")
            return True
        for payload in self._debouncer.update(reads, self._clock()):
            if self._active.is_set() and not self._loop.is_stopped:
                self._on_scan(Scan(payload, "camera"))
        return True
