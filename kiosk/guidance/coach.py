"""Verdicts -> the one hint for the sitter: what must come first, said calmly, and never two hints in turn.

Without a clock of its own: every call brings the time, in seconds of one monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kiosk.guidance.advice import Advice
from kiosk.guidance.hints import EYES, FAULTS, HOLD, LOOK, SLOW, Fault
from kiosk.guidance.verdict import Outcome, Verdict


@dataclass(frozen=True)
class Patience:
    """In seconds. A blink lasts 0.1-0.4 s; a sentence of a dozen characters takes about a second to read."""

    before_saying: float = 0.3  # a fault must last this long
    before_saying_slow: float = 0.9  # and movement this long
    before_forgetting: float = 0.3  # and be gone this long
    on_screen: float = 1.0  # a hint stays at least this long
    pause: float = 1.0  # so long the machine may look away without a sitter who is ready having to begin again
    blink: float = 0.25  # shut eyes do not break a stillness once reached for this long


@dataclass
class _Watch:
    """One rule over time. Entered by FAIL, left by PASS: the margin lies between, so noise at a bound is calm."""

    side: str | None = None  # the side on which it is held to be wrong; None = right
    coming: str | None = None
    coming_since: float = 0.0
    right_since: float | None = None

    def see(self, side: str | None, sure: bool, now: float, saying: float, forgetting: float) -> None:
        if side is not None and sure:
            self._wrong(side, now, saying)
        elif side is not None and side == self.side:
            self.coming = self.right_since = None  # unsure on the bound that was failed: not right yet
        else:
            self._right(now, forgetting)

    def _wrong(self, side: str, now: float, saying: float) -> None:
        self.right_since = None
        if side == self.side:
            self.coming = None
            return
        if side != self.coming:
            self.coming, self.coming_since = side, now
        if now - self.coming_since >= saying:
            self.side, self.coming = side, None

    def _right(self, now: float, forgetting: float) -> None:
        self.coming = None
        if self.side is None:
            return
        if self.right_since is None:
            self.right_since = now
        if now - self.right_since >= forgetting:
            self.side = self.right_since = None


@dataclass
class Coach:
    """Remembers what was wrong and what stands on the screen. One coach for one sitter; `reset` for the next."""

    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._watches: dict[str, _Watch] = {}
        self._hint = LOOK
        self._shown_since: float | None = None
        self._ready_since: float | None = None
        self._blink_since: float | None = None
        self._unseen_before = False
        self._looked_at = 0.0

    def advise(self, verdicts: tuple[Verdict, ...], now: float) -> Advice:
        """What to say now that the live rules say `verdicts`."""
        self._watch(verdicts, now)
        wrong = [fault for fault in FAULTS if self._is(fault)]
        blink = any(v.rule in EYES and v.outcome is Outcome.FAIL for v in verdicts)
        right = not wrong and self._all_right(verdicts, now)
        self._show(wrong[0].hint if wrong else HOLD if right else self._hint, now)
        if not (right and self._hint == HOLD):
            self._ready_since = None
        elif self._ready_since is None:
            self._ready_since = now
        operator = next((fault.operator for fault in wrong if fault.operator), "")
        return Advice(
            hint=self._hint,
            verdicts=verdicts,
            ready=self._ready_since is not None,
            steady_for=now - self._ready_since if self._ready_since is not None else 0.0,
            operator=operator,
            blink=blink,
        )

    def _watch(self, verdicts: tuple[Verdict, ...], now: float) -> None:
        for verdict in verdicts:
            slow = verdict.rule in SLOW
            saying = self.patience.before_saying_slow if slow else self.patience.before_saying
            watch = self._watches.setdefault(verdict.rule, _Watch())
            watch.see(
                _side(verdict), verdict.outcome is not Outcome.UNSURE, now, saying, self.patience.before_forgetting
            )
        people = self._watches.get("one_face")
        if people is not None and people.side == "low":  # whoever comes next begins with a clean sheet
            self._watches = {"one_face": people}

    def _is(self, fault: Fault) -> bool:
        watch = self._watches.get(fault.rule)
        return watch is not None and watch.side == fault.side

    def _all_right(self, verdicts: tuple[Verdict, ...], now: float) -> bool:
        """Whether nothing is wrong this instant. A blink is forgiven to a sitter who is ready, not to one becoming so:
        else hardly anybody would get through a countdown, people blinking every four seconds."""
        bad = {v.rule for v in verdicts if v.outcome in (Outcome.FAIL, Outcome.NOT_MEASURED)}
        unseen = _not_seen_moving(verdicts)
        if self._ready_since is not None and not self._unseen_before and now - self._looked_at <= self.patience.pause:
            bad -= unseen
        self._unseen_before, self._looked_at = bool(unseen), now
        if not bad:
            self._blink_since = None
            return bool(verdicts)
        if self._ready_since is None or not bad <= EYES:
            return False
        if self._blink_since is None:
            self._blink_since = now
        return now - self._blink_since < self.patience.blink

    def _show(self, hint: str, now: float) -> None:
        fresh = self._shown_since is None
        if hint == self._hint and not fresh:
            return
        if fresh or self._hint == LOOK or now - (self._shown_since or 0.0) >= self.patience.on_screen:
            self._hint, self._shown_since = hint, now


def _not_seen_moving(verdicts: tuple[Verdict, ...]) -> set[str]:
    """Movement is not measured on the first frame after a pause of the machine; one such frame is no movement of the
    sitter. Two in a row would be a machine too slow to see any."""
    return {v.rule for v in verdicts if v.rule in SLOW and v.outcome is Outcome.NOT_MEASURED}


_SAYABLE: Final = frozenset((fault.rule, fault.side) for fault in FAULTS)


def _side(verdict: Verdict) -> str | None:
    """The side on which the rule is missed or nearly so, "" where it cannot be measured; None where there is nothing
    to say about it."""
    if verdict.outcome is Outcome.PASS:
        return None
    side = "" if verdict.outcome is Outcome.NOT_MEASURED else verdict.reason.rpartition(".")[2]
    return side if (verdict.rule, side) in _SAYABLE else None
