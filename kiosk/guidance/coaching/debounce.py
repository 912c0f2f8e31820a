"""One rule over time: when it counts as wrong and when as right again, so that noise at a bound is calm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.guidance.coaching.timing import CoachTiming

_BACKOFF_FACTOR: Final = 3.0  # each time a rule has come right, it must be wrong so much longer to be spoken of again
_MAX_BACKOFF_STEPS: Final = 3  # times that this applies: 8.1 s


@dataclass
class RuleDebouncer:
    """Entered by FAIL, left by PASS, with the rule's margin between them.

    In that margin nobody knows, and the sitter is not held up for it: what has not failed for `unsure_timeout` seconds
    counts as right. A rule without a margin is never in doubt, which is how a standard makes a rule strict.
    """

    side: str | None = None  # the side on which it is held to be wrong; None = right
    pending_side: str | None = None
    pending_since: float = 0.0
    passing_since: float | None = None
    last_failed_at: float = 0.0
    recoveries: int = 0

    def update(self, side: str | None, sure: bool, near: bool, now: float, delay: float, timing: CoachTiming) -> None:
        """The rule is missed on `side` (None: kept), surely or perhaps; a new fault counts after `delay` seconds.

        `near` is whether so little is missing that noise could bring it about: then what was mended before must be
        wrong for longer, so that it does not come and go.
        """
        if side is not None and sure:
            self.last_failed_at = now
            self._on_fail(
                side, now, delay * _BACKOFF_FACTOR ** min(self.recoveries, _MAX_BACKOFF_STEPS) if near else delay
            )
        elif side is not None and side == self.side:
            self.pending_side = self.passing_since = None
            self._expire_doubt(now, timing.unsure_timeout)
        else:
            self._on_pass(now, timing.release)
            self._expire_doubt(now, timing.unsure_timeout)

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
