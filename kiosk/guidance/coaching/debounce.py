"""One rule over time: when it counts as wrong and when as right again, so that noise at a bound is calm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.guidance.coaching.timing import Patience

_WARIER: Final = 3.0  # each time a rule has come right, it must be wrong so much longer to be spoken of again
_WARIEST: Final = 3  # times that this applies: 8.1 s


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
    mended: int = 0

    def see(self, side: str | None, sure: bool, near: bool, now: float, saying: float, patience: Patience) -> None:
        """The rule is missed on `side` (None: kept), surely or perhaps; a new fault counts after `saying` seconds.

        `near` is whether so little is missing that noise could bring it about: then what was mended before must be
        wrong for longer, so that it does not come and go.
        """
        if side is not None and sure:
            self.last_wrong = now
            self._wrong(side, now, saying * _WARIER ** min(self.mended, _WARIEST) if near else saying)
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
            self._mend()

    def _right(self, now: float, forgetting: float) -> None:
        self.coming = None
        if self.side is None:
            return
        if self.right_since is None:
            self.right_since = now
        if now - self.right_since >= forgetting:
            self._mend()

    def _mend(self) -> None:
        self.side = self.right_since = None
        self.mended += 1
