"""Decide from the heartbeat whether a camera process hangs: the allowed time without one depends on its phase."""

from __future__ import annotations

from typing import Final

from hardware.cameras.api import ShotProgress
from hardware.cameras.isolation.shared_memory import Phase
from hardware.cameras.timeouts import Timeouts

_REOPEN_FACTOR: Final = 3.0  # the next opening may take this many times the duration of the last one
_FULL_TIMEOUT_EVERY: Final = 4
_MAX_CHECK_INTERVAL_S: Final = 0.25  # seconds between two checks of the heartbeat


class Watchdog:
    """Monitors one camera process after the other. Times are seconds of the supervisor's clock.

    Opening may take long only while its duration is unknown: a camera that was open before is prepared, and one that
    hangs when it is connected again must not block the station for `timeouts.open`. In case it needs that long, every
    fourth attempt has the full timeout.
    """

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._attempted_at = 0.0
        self._open_duration: float | None = None  # duration of the last opening
        self._hung_opens = 0
        self._progress: ShotProgress | None = None

    def on_open_attempt(self, now: float) -> None:
        """Record that a process starts, or that another attempt to open follows a failed one."""
        self._attempted_at = now
        self._progress = None

    def on_opened(self, now: float) -> None:
        self._open_duration = now - self._attempted_at
        self._hung_opens = 0

    def on_progress(self, progress: ShotProgress | None) -> None:
        """Record the progress of a shot; None: it is over."""
        self._progress = progress

    @property
    def check_interval(self) -> float:
        return min(_MAX_CHECK_INTERVAL_S, self._timeouts.heartbeat / 4)

    def is_hung(self, silence: float, phase: Phase) -> bool:
        """Return whether `silence` seconds without a heartbeat are too long for a process that was last in `phase`."""
        if phase is Phase.SHOOTING:
            return False  # the shot's own deadline decides
        if phase is Phase.OPENING:
            hangs = silence > self._open_timeout()
            self._hung_opens += hangs
            return hangs
        transfer = self._progress.timeout if self._progress else 0.0  # of a shot taken on the camera's body
        return silence > max(self._timeouts.heartbeat, transfer)

    def _open_timeout(self) -> float:
        timeout = self._timeouts.open
        if self._open_duration is None or self._hung_opens % _FULL_TIMEOUT_EVERY == _FULL_TIMEOUT_EVERY - 1:
            return timeout
        return min(timeout, max(self._timeouts.reopen, _REOPEN_FACTOR * self._open_duration))
