"""Verdicts -> the one hint for the sitter: what must come first, said calmly, and never two hints in turn.

Without a clock of its own: every call brings the time, in seconds of one monotonic clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Final

from config.standards.registry import Rule
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.debounce import Watch
from kiosk.guidance.coaching.hints import (
    AGAIN,
    EYES,
    HOLD,
    LOOK,
    NOBODY,
    SLOW,
    STUCK,
    Fault,
    fault_of,
    group,
    known,
    order,
)
from kiosk.guidance.coaching.progress import Progress, distance
from kiosk.guidance.coaching.timing import Patience
from kiosk.guidance.verdict import Outcome, Verdict

_NEAR: Final = 3.0  # margins of a rule: further out than this no noise brings a measure


@dataclass
class Coach:
    """Remembers what was wrong and what stands on the screen. One coach for one sitter; `reset` for the next.

    `rules` are the rules that the verdicts come from: they tell what is only advised, and by how much a measure errs.
    Advice is asked for once, when all else is right, and never holds anybody up.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        self._advised = frozenset(name for name, rule in self.rules.items() if rule.advice)
        self.reset()

    def reset(self) -> None:
        self._watches: dict[str, Watch] = {}
        self._reasons: dict[str, str] = {}
        self._told: Fault | None = None
        self._seen_at: dict[str, float] = {}
        self._wished: dict[str, float] = {}
        self._progress = Progress()
        self._hint = LOOK
        self._shown_since: float | None = None
        self._ready_since: float | None = None
        self._well_at: float | None = None
        self._blink_since: float | None = None
        self._unseen_before = False
        self._looked_at = 0.0

    def advise(self, verdicts: tuple[Verdict, ...], now: float) -> Advice:
        """What to say now that the live rules say `verdicts`."""
        self._watch(verdicts, now)
        held = self._held()
        wrong = self._to_be_said(held, now)
        first = self._first(wrong)
        right = not wrong and self._all_right(verdicts, now)
        self._follow(first, verdicts, now)
        self._show(self._worded(first, now) if first else HOLD if right else self._hint, now)
        self._count_ready(right and self._hint == HOLD, now)
        called = self._is_stuck(first, now)
        notes = _once(fault.operator for fault in held)
        if called and first is not None and not first.operator:
            notes = _once((*notes, STUCK))
        return Advice(
            hint=self._hint,
            verdicts=verdicts,
            ready=self._ready_since is not None,
            steady_for=now - self._ready_since if self._ready_since is not None else 0.0,
            operator=next((note for note in notes if any(note in (f.operator, STUCK) for f in wrong)), ""),
            operators=notes,
            called=called,
            blink=any(v.rule in EYES and v.outcome is Outcome.FAIL for v in verdicts),
        )

    # ------------------------------------------------------------------ what is wrong

    def _watch(self, verdicts: tuple[Verdict, ...], now: float) -> None:
        for verdict in verdicts:
            side = self._side(verdict)
            sure = verdict.outcome is not Outcome.UNSURE or self._far_out(verdict)
            if side is not None:
                self._reasons[verdict.rule] = verdict.reason
            watch = self._watches.setdefault(verdict.rule, Watch())
            saying = self._before_saying(verdict.rule, side)
            watch.see(side, sure, self._near(verdict), now, saying, self.patience)
        people = self._watches.get("one_face")
        if people is not None and people.side == "low":  # whoever comes next begins with a clean sheet
            self._watches = {"one_face": people}

    def _side(self, verdict: Verdict) -> str | None:
        """The side on which the rule is missed or nearly so, "" where it cannot be measured; None where it is kept."""
        if verdict.outcome is Outcome.PASS:
            return None
        if verdict.outcome is Outcome.NOT_MEASURED:
            return None if verdict.rule in self._advised else ""
        return verdict.reason.rpartition(".")[2]

    def _far_out(self, verdict: Verdict) -> bool:
        """What is only advised never fails; it is surely missed where any other rule would."""
        away = distance(verdict)
        return verdict.rule in self._advised and away is not None and away >= max(self._margin(verdict.rule), 1e-9)

    def _near(self, verdict: Verdict) -> bool:
        away = distance(verdict)
        return away is not None and away < _NEAR * self._margin(verdict.rule)

    def _before_saying(self, rule: str, side: str | None) -> float:
        if side == "":
            return self.patience.before_saying_slow if known(rule, "") else self.patience.before_saying_unseen
        return self.patience.before_saying_slow if rule in SLOW else self.patience.before_saying

    def _held(self) -> list[Fault]:
        """What is held to be wrong, in the order in which it is said."""
        held = ((rule, watch.side) for rule, watch in self._watches.items() if watch.side is not None)
        return sorted((fault_of(rule, side, self._reasons.get(rule, "")) for rule, side in held), key=order)

    def _to_be_said(self, held: list[Fault], now: float) -> list[Fault]:
        """What the sitter hears of: what is advised only when all else is right, not for long, and not at all where it
        is the operator's."""
        asked = [fault for fault in held if fault.rule not in self._advised]
        return asked or [fault for fault in held if not fault.operator and self._still_wished(fault, now)]

    def _to_be_wished(self, verdict: Verdict) -> bool:
        """Whether it is about to be asked for: who hears "stay like that" a moment before is told two things."""
        if verdict.rule in self._wished or not self._far_out(verdict):
            return False
        return not fault_of(verdict.rule, self._side(verdict) or "", verdict.reason).operator

    def _still_wished(self, fault: Fault, now: float) -> bool:
        return now - self._wished.setdefault(fault.rule, now) < self.patience.wish

    def _first(self, wrong: list[Fault]) -> Fault | None:
        """What to say of it. Once begun it is finished: a fault of the same group does not interrupt."""
        if not wrong:
            self._told = None
        elif self._told is None or self._told not in wrong or group(wrong[0]) < group(self._told):
            self._told = wrong[0]
        return self._told

    # ------------------------------------------------------------------ who makes no progress

    def _follow(self, first: Fault | None, verdicts: tuple[Verdict, ...], now: float) -> None:
        if self._well_at is None or self._ready_since is not None:
            self._well_at = now
        if first is None:
            self._progress = Progress()
            return
        away = next((distance(v) for v in verdicts if v.rule == first.rule), None)
        self._progress.follow(first.hint, away, self._margin(first.rule), now)

    def _worded(self, fault: Fault, now: float) -> str:
        return fault.hint + AGAIN if now - self._progress.since >= self.patience.again else fault.hint

    def _is_stuck(self, first: Fault | None, now: float) -> bool:
        if first is None or first.hint == NOBODY:  # an empty chair needs no help
            return False
        long = now - (self._well_at if self._well_at is not None else now)
        return now - self._progress.since >= self.patience.call or long >= self.patience.lost

    # ------------------------------------------------------------------ who is right

    def _count_ready(self, ready: bool, now: float) -> None:
        if not ready:
            self._ready_since = None
        elif self._ready_since is None:
            self._ready_since = now

    def _all_right(self, verdicts: tuple[Verdict, ...], now: float) -> bool:
        """Whether nothing is wrong this instant. A blink is forgiven to a sitter who is ready, not to one becoming so:
        else hardly anybody would get through a countdown, people blinking every four seconds."""
        bad = {v.rule for v in verdicts if v.outcome is Outcome.FAIL or self._missing(v, now)} - self._advised
        bad |= {v.rule for v in verdicts if self._to_be_wished(v)}
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

    def _missing(self, verdict: Verdict, now: float) -> bool:
        """Whether it stands in the way that the rule cannot be measured just now. What is not measured at every frame
        (the body) may be late once; movement has a rule of its own."""
        if verdict.outcome is not Outcome.NOT_MEASURED:
            self._seen_at[verdict.rule] = now
            return False
        late = now - self._seen_at.get(verdict.rule, -inf) <= self.patience.unseen
        return not (late and self._ready_since is not None and verdict.rule not in SLOW)

    def _show(self, hint: str, now: float) -> None:
        fresh = self._shown_since is None
        if hint == self._hint and not fresh:
            return
        if fresh or self._hint == LOOK or now - (self._shown_since or 0.0) >= self.patience.on_screen:
            self._hint, self._shown_since = hint, now

    def _margin(self, rule: str) -> float:
        return self.rules[rule].margin if rule in self.rules else 0.0


def _once(notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for note in notes if note))


def _not_seen_moving(verdicts: tuple[Verdict, ...]) -> set[str]:
    """Movement is not measured on the first frame after a pause of the machine; one such frame is no movement of the
    sitter. Two in a row would be a machine too slow to see any."""
    return {v.rule for v in verdicts if v.rule in SLOW and v.outcome is Outcome.NOT_MEASURED}
