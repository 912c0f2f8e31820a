"""One rule over time: when it counts as wrong and when as right again, so that noise at a bound is calm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.guidance.patience import Patience

_ONCE_DOUBTED: Final = 3.0  # times as long must that be wrong which was let pass in doubt before


@dataclass
class Watch:
    """Entered by FAIL, left by PASS, with the rule's margin between them.

    In that margin nobody knows, and the sitter is not held up for it: what has not failed for `doubt` seconds counts as
    right. A rule without a margin is never in doubt, which is how a standard makes a rule strict.
    """

    side: str | None = None  # the side on which it is held to be wrong; None = right
    coming: str | None = None
    coming_since: float = 0.0
    right_since: float | None = None
    last_wrong: float = 0.0
    doubted: bool = False

    def see(self, side: str | None, sure: bool, now: float, saying: float, patience: Patience) -> None:
        """The rule is missed on `side` (None: kept), surely or perhaps; a new fault counts after `saying` seconds."""
        if side is not None and sure:
            self.last_wrong = now
            self._wrong(side, now, saying * _ONCE_DOUBTED if self.doubted else saying)
        elif side is not None and side == self.side:
            self.coming = self.right_since = None
            self._doubt(now, patience.doubt)
        else:
            self._right(now, patience.before_forgetting)
            self._doubt(now, patience.doubt)

    def _wrong(self, side: str, now: float, saying: float) -> None:
        self.right_since = None
        if side == self.side:
            self.coming = None
            return
        if side != self.coming:
            self.coming, self.coming_since = side, now
        if now - self.coming_since >= saying:
            self.side, self.coming = side, None

    def _doubt(self, now: float, doubt: float) -> None:
        if self.side is not None and now - self.last_wrong >= doubt:
            self.side, self.right_since, self.doubted = None, None, True

    def _right(self, now: float, forgetting: float) -> None:
        self.coming = None
        if self.side is None:
            return
        if self.right_since is None:
            self.right_since = now
        if now - self.right_since >= forgetting:
            self.side = self.right_since = None
