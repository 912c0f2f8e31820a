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
from kiosk.guidance.coaching.debounce import RuleDebouncer
from kiosk.guidance.coaching.hints import (
    DELAYED_RULES,
    EYE_RULES,
    HOLD_STILL,
    LOOK_AT_CAMERA,
    NO_PROGRESS,
    NOBODY,
    REPHRASED_SUFFIX,
    HintRule,
    group_number,
    has_hint,
    hint_rule_for,
    priority,
)
from kiosk.guidance.coaching.progress import Progress, distance
from kiosk.guidance.coaching.timing import CoachTiming
from kiosk.guidance.verdict import Outcome, Verdict

_NEAR_MARGINS: Final = 3.0  # margins of a rule: further out than this no noise brings a measure


@dataclass
class Coach:
    """Remembers what was wrong and what stands on the screen. One coach for one sitter; `reset` for the next.

    `rules` are the rules that the verdicts come from: they tell what is only advised, and by how much a measure errs.
    Advice is asked for once, when all else is right, and never holds anybody up.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    timing: CoachTiming = field(default_factory=CoachTiming)

    def __post_init__(self) -> None:
        self._advisory_rules = frozenset(name for name, rule in self.rules.items() if rule.advice)
        self.reset()

    def reset(self) -> None:
        self._debouncers: dict[str, RuleDebouncer] = {}
        self._reasons: dict[str, str] = {}
        self._current_fault: HintRule | None = None
        self._measured_at: dict[str, float] = {}
        self._advised_at: dict[str, float] = {}
        self._progress = Progress()
        self._hint = LOOK_AT_CAMERA
        self._shown_since = 0.0
        self._ready_since: float | None = None
        self._last_ready_at = inf  # before the first frame
        self._blink_since: float | None = None
        self._movement_unknown_before = False
        self._last_frame_at = 0.0

    def advise(self, verdicts: tuple[Verdict, ...], now: float) -> Advice:
        """What to say now that the live rules say `verdicts`."""
        self._update_debouncers(verdicts, now)
        active = self._active_faults()
        sayable = self._for_sitter(active, now)
        first = self._select(sayable)
        right = not sayable and self._is_all_right(verdicts, now)
        self._track_progress(first, verdicts, now)
        self._show(self._hint_key(first, now) if first else HOLD_STILL if right else self._hint, now)
        self._update_ready(right and self._hint == HOLD_STILL, now)
        called = self._is_stuck(first, now)
        operator_hints = _unique(fault.operator_hint for fault in active)
        if called and first is not None and not first.operator_hint:
            operator_hints = _unique((*operator_hints, NO_PROGRESS))
        return Advice(
            hint=self._hint,
            verdicts=verdicts,
            ready=self._ready_since is not None,
            steady_for=now - self._ready_since if self._ready_since is not None else 0.0,
            operator_hint=next(
                (note for note in operator_hints if any(note in (f.operator_hint, NO_PROGRESS) for f in sayable)), ""
            ),
            operator_hints=operator_hints,
            needs_help=called,
            eyes_shut=any(v.rule in EYE_RULES and v.outcome is Outcome.FAIL for v in verdicts),
        )

    # ------------------------------------------------------------------ what is wrong

    def _update_debouncers(self, verdicts: tuple[Verdict, ...], now: float) -> None:
        for verdict in verdicts:
            side = self._failed_side(verdict)
            sure = verdict.outcome is not Outcome.UNSURE or self._is_clearly_out(verdict)
            if side is not None:
                self._reasons[verdict.rule] = verdict.reason
            watch = self._debouncers.setdefault(verdict.rule, RuleDebouncer())
            debounce_s = self._debounce_time(verdict.rule, side)
            watch.update(side, sure, self._is_near_bound(verdict), now, debounce_s, self.timing)
        people = self._debouncers.get("one_face")
        if people is not None and people.side == "low":  # whoever comes next begins with a clean sheet
            self._debouncers = {"one_face": people}

    def _failed_side(self, verdict: Verdict) -> str | None:
        """The side on which the rule is missed or nearly so, "" where it cannot be measured; None where it is kept."""
        if verdict.outcome is Outcome.PASS:
            return None
        if verdict.outcome is Outcome.NOT_MEASURED:
            return None if verdict.rule in self._advisory_rules else ""
        return verdict.reason.rpartition(".")[2]

    def _is_clearly_out(self, verdict: Verdict) -> bool:
        """What is only advised never fails; it is surely missed where any other rule would."""
        away = distance(verdict)
        return (
            verdict.rule in self._advisory_rules and away is not None and away >= max(self._margin(verdict.rule), 1e-9)
        )

    def _is_near_bound(self, verdict: Verdict) -> bool:
        away = distance(verdict)
        return away is not None and away < _NEAR_MARGINS * self._margin(verdict.rule)

    def _debounce_time(self, rule: str, side: str | None) -> float:
        if side == "":
            return self.timing.debounce_slow if has_hint(rule, "") else self.timing.debounce_unmeasured
        return self.timing.debounce_slow if rule in DELAYED_RULES else self.timing.debounce

    def _active_faults(self) -> list[HintRule]:
        """What is held to be wrong, in the order in which it is said."""
        held = ((rule, watch.side) for rule, watch in self._debouncers.items() if watch.side is not None)
        return sorted((hint_rule_for(rule, side, self._reasons[rule]) for rule, side in held), key=priority)

    def _for_sitter(self, active: list[HintRule], now: float) -> list[HintRule]:
        """What the sitter hears of: what is advised only when all else is right, not for long, and not at all where it
        is the operator's."""
        required = [fault for fault in active if fault.rule not in self._advisory_rules]
        return required or [fault for fault in active if not fault.operator_hint and self._is_advice_shown(fault, now)]

    def _is_advice_pending(self, verdict: Verdict) -> bool:
        """Whether it is about to be asked for: who hears "stay like that" a moment before is told two things."""
        if verdict.rule in self._advised_at or not self._is_clearly_out(verdict):
            return False
        return not hint_rule_for(verdict.rule, self._failed_side(verdict) or "", verdict.reason).operator_hint

    def _is_advice_shown(self, fault: HintRule, now: float) -> bool:
        return now - self._advised_at.setdefault(fault.rule, now) < self.timing.advice_duration

    def _select(self, candidates: list[HintRule]) -> HintRule | None:
        """What to say of it. Once begun it is finished: a fault of the same group does not interrupt."""
        if not candidates:
            self._current_fault = None
        elif (
            self._current_fault is None
            or self._current_fault not in candidates
            or group_number(candidates[0]) < group_number(self._current_fault)
        ):
            self._current_fault = candidates[0]
        return self._current_fault

    # ------------------------------------------------------------------ who makes no progress

    def _track_progress(self, first: HintRule | None, verdicts: tuple[Verdict, ...], now: float) -> None:
        nobody = first is not None and first.hint == NOBODY
        self._last_ready_at = now if nobody or self._ready_since is not None else min(self._last_ready_at, now)
        if first is None:
            self._progress = Progress()
            return
        away = next((distance(v) for v in verdicts if v.rule == first.rule), None)
        self._progress.update(first.hint, away, self._margin(first.rule), now)

    def _hint_key(self, fault: HintRule, now: float) -> str:
        return (
            fault.hint + REPHRASED_SUFFIX
            if now - self._progress.improved_at >= self.timing.rephrase_after
            else fault.hint
        )

    def _is_stuck(self, first: HintRule | None, now: float) -> bool:
        if first is None or first.hint == NOBODY:  # an empty chair needs no help
            return False
        return (
            now - self._progress.improved_at >= self.timing.call_help_after
            or now - self._last_ready_at >= self.timing.never_ready_timeout
        )

    # ------------------------------------------------------------------ who is right

    def _update_ready(self, ready: bool, now: float) -> None:
        if not ready:
            self._ready_since = None
        elif self._ready_since is None:
            self._ready_since = now

    def _is_all_right(self, verdicts: tuple[Verdict, ...], now: float) -> bool:
        """Whether nothing is wrong this instant. A blink is forgiven to a sitter who is ready, not to one becoming so:
        else hardly anybody would get through a countdown, people blinking every four seconds."""
        bad = {
            v.rule for v in verdicts if v.outcome is Outcome.FAIL or self._blocks_readiness(v, now)
        } - self._advisory_rules
        bad |= {v.rule for v in verdicts if self._is_advice_pending(v)}
        unseen = _unmeasured_movement(verdicts)
        if (
            self._ready_since is not None
            and not self._movement_unknown_before
            and now - self._last_frame_at <= self.timing.max_frame_gap
        ):
            bad -= unseen
        self._movement_unknown_before, self._last_frame_at = bool(unseen), now
        if not bad:
            self._blink_since = None
            return bool(verdicts)
        if self._ready_since is None or not bad <= EYE_RULES:
            return False
        if self._blink_since is None:
            self._blink_since = now
        return now - self._blink_since < self.timing.max_blink

    def _blocks_readiness(self, verdict: Verdict, now: float) -> bool:
        """Whether it stands in the way that the rule cannot be measured just now. What is not measured at every frame
        (the body) may be late once; movement has a rule of its own."""
        if verdict.outcome is not Outcome.NOT_MEASURED:
            self._measured_at[verdict.rule] = now
            return False
        late = now - self._measured_at.get(verdict.rule, -inf) <= self.timing.max_unmeasured
        return not (late and self._ready_since is not None and verdict.rule not in DELAYED_RULES)

    def _show(self, hint: str, now: float) -> None:
        if hint == self._hint:
            return
        if self._hint == LOOK_AT_CAMERA or now - self._shown_since >= self.timing.min_on_screen:
            self._hint, self._shown_since = hint, now

    def _margin(self, rule: str) -> float:
        return self.rules[rule].tolerance if rule in self.rules else 0.0


def _unique(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for note in keys if note))


def _unmeasured_movement(verdicts: tuple[Verdict, ...]) -> set[str]:
    """Movement is not measured on the first frame after a pause of the machine; one such frame is no movement of the
    sitter. Two in a row would be a machine too slow to see any."""
    return {v.rule for v in verdicts if v.rule in DELAYED_RULES and v.outcome is Outcome.NOT_MEASURED}
