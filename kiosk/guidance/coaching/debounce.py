"""Debounce the verdicts of one rule, so that noise near a bound does not change the hint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.guidance.coaching.timing import CoachTiming

_BACKOFF_FACTOR: Final = 3.0  # after each recovery, a fault must last this many times longer to count again
_MAX_BACKOFF_STEPS: Final = 3  # maximum exponent: 8.1 s


@dataclass
class RuleDebouncer:
    """Set by FAIL, cleared by PASS, with the rule's tolerance between them.

    Within the tolerance the verdict is unsure and must not delay the sitter: a rule that has not failed for
    `unsure_timeout` seconds counts as met. A rule without a tolerance is never unsure; a standard uses this for strict
    rules."""

    side: str | None = None  # the side of the current fault; None: no fault
    pending_side: str | None = None
    pending_since: float = 0.0
    passing_since: float | None = None
    last_failed_at: float = 0.0
    recoveries: int = 0

    def update_passing(self, now: float, timing: CoachTiming) -> None:
        """Process one verdict within the band."""
        self._on_pass(now, timing.release)
        self._expire_doubt(now, timing.unsure_timeout)

    def update(self, side: str, sure: bool, near: bool, now: float, delay: float, timing: CoachTiming) -> None:
        """Process one verdict out of the band on `side`, surely or not. A fault counts after `delay` seconds.

        `near`: the value is so near to the bound that noise could cause it. Then a fault that was corrected before must
        last longer, so that it does not alternate."""
        if sure:
            self.last_failed_at = now
            self._on_fail(
                side, now, delay * _BACKOFF_FACTOR ** min(self.recoveries, _MAX_BACKOFF_STEPS) if near else delay
            )
        elif side == self.side:
            self.pending_side = self.passing_since = None
            self._expire_doubt(now, timing.unsure_timeout)
        else:
            self.update_passing(now, timing)

    def _on_fail(self, side: str, now: float, delay: float) -> None:
        self.passing_since = None
        if side == self.side:
            self.pending_side = None
            return
        if side != self.pending_side:
            self.pending_side, self.pending_since = side, now
        if now - self.pending_since >= delay:
            self.side, self.pending_side = side, None

    def _expire_doubt(self, now: float, timeout: float) -> None:
        if self.side is not None and now - self.last_failed_at >= timeout:
            self._clear()

    def _on_pass(self, now: float, delay: float) -> None:
        self.pending_side = None
        if self.side is None:
            return
        if self.passing_since is None:
            self.passing_since = now
        if now - self.passing_since >= delay:
            self._clear()

    def _clear(self) -> None:
        self.side = self.passing_since = None
        self.recoveries += 1
