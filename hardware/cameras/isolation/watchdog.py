"""Tells from the pulse of a camera process whether it hangs: how long it may be silent depends on what it is about."""

from __future__ import annotations

from typing import Final

from hardware.cameras.api import ShotProgress
from hardware.cameras.isolation.shared_memory import Phase
from hardware.cameras.timeouts import Patience

_TIMES_OPENED: Final = 3.0  # so many times what the last opening took may the next one take
_EVERY: Final = 4
_LONGEST_NAP: Final = 0.25  # seconds between two looks at the pulse


class Watchdog:
    """Looks after one camera process after the other. Times are seconds of the supervisor's clock.

    An opening may be long only while nobody knows how long it takes: a camera that was open before has prepared
    whatever needs preparing, and one that hangs when it comes back must not hold up the station for `patience.open`.
    Should it need that long after all, it gets it every fourth time.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._tried_at = 0.0
        self._opening: float | None = None  # what the last opening took
        self._hung_opening = 0
        self._progress: ShotProgress | None = None

    def tries(self, now: float) -> None:
        """A process begins, or an attempt to open has failed and another one comes."""
        self._tried_at = now
        self._progress = None

    def opened(self, now: float) -> None:
        self._opening = now - self._tried_at
        self._hung_opening = 0

    def moves(self, progress: ShotProgress | None) -> None:
        """How far a shot is; None: it is over."""
        self._progress = progress

    @property
    def nap(self) -> float:
        return min(_LONGEST_NAP, self._patience.heartbeat / 4)

    def hangs(self, silence: float, phase: Phase) -> bool:
        """Whether a process that was last about `phase` has been silent for too long."""
        if phase is Phase.SHOOTING:
            return False  # the shot's own deadline decides
        if phase is Phase.OPENING:
            hangs = silence > self._for_opening()
            self._hung_opening += hangs
            return hangs
        transfer = self._progress.patience if self._progress else 0.0  # of a shot taken on the camera's body
        return silence > max(self._patience.heartbeat, transfer)

    def _for_opening(self) -> float:
        whole = self._patience.open
        if self._opening is None or self._hung_opening % _EVERY == _EVERY - 1:
            return whole
        return min(whole, max(self._patience.reopen, _TIMES_OPENED * self._opening))
