"""Choose the one hint for the sitter from the verdicts: the most important first, and never two hints alternately.

There is no clock here: every call passes the time, in seconds of one monotonic clock."""

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

_NEAR_MARGINS: Final = 3.0  # tolerances of a rule: noise never moves a metric further out than this


@dataclass
class Coach:
    """Stores the current faults and the hint on the screen. One coach for one sitter; call `reset` for the next.

    `rules` are the rules of the verdicts: which of them are only advice, and the error of each metric. Advice is shown
    once, when all required rules are met, and never delays the sitter."""

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
        """Return the advice for the `verdicts` of the live rules."""
        self._update_debouncers(verdicts, now)
        active = self._active_faults()
        candidates = self._for_sitter(active, now)
        first = self._select(candidates)
        meets_all = not candidates and self._meets_all_rules(verdicts, now)
        self._track_progress(first, verdicts, now)
        self._show(self._hint_key(first, now) if first else HOLD_STILL if meets_all else self._hint, now)
        self._update_ready(meets_all and self._hint == HOLD_STILL, now)
        needs_help = self._is_stuck(first, now)
        operator_hints = _unique(fault.operator_hint for fault in active)
        if needs_help and first is not None and not first.operator_hint:
            operator_hints = _unique((*operator_hints, NO_PROGRESS))
        return Advice(
            hint=self._hint,
            verdicts=verdicts,
            ready=self._ready_since is not None,
            steady_for=now - self._ready_since if self._ready_since is not None else 0.0,
            operator_hint=next(
                (note for note in operator_hints if any(note in (f.operator_hint, NO_PROGRESS) for f in candidates)), ""
            ),
            operator_hints=operator_hints,
            needs_help=needs_help,
            eyes_shut=any(v.rule in EYE_RULES and v.outcome is Outcome.FAIL for v in verdicts),
        )

    # ------------------------------------------------------------------ faults

    def _update_debouncers(self, verdicts: tuple[Verdict, ...], now: float) -> None:
        for verdict in verdicts:
            side = self._failed_side(verdict)
            debouncer = self._debouncers.setdefault(verdict.rule, RuleDebouncer())
            if side is None:
                debouncer.update_passing(now, self.timing)
                continue
            self._reasons[verdict.rule] = verdict.reason
            sure = verdict.outcome is not Outcome.UNSURE or self._is_clearly_out(verdict)
            debounce_s = self._debounce_time(verdict.rule, side)
            debouncer.update(side, sure, self._is_near_bound(verdict), now, debounce_s, self.timing)
        people = self._debouncers.get("one_face")
        if people is not None and people.side == "low":  # the next person starts without faults
            self._debouncers = {"one_face": people}

    def _failed_side(self, verdict: Verdict) -> str | None:
        """Return the side on which the rule fails or nearly fails, "" if it cannot be measured; None if it passes."""
        if verdict.outcome is Outcome.PASS:
            return None
        if verdict.outcome is Outcome.NOT_MEASURED:
            return None if verdict.rule in self._advisory_rules else ""
        return verdict.reason.rpartition(".")[2]

    def _is_clearly_out(self, verdict: Verdict) -> bool:
        """Return whether an advisory rule, which never fails, is so far out of its band that any other would fail."""
        if verdict.rule not in self._advisory_rules:
            return False
        away = distance(verdict)
        return away is not None and away >= max(self._margin(verdict.rule), 1e-9)

    def _is_near_bound(self, verdict: Verdict) -> bool:
        away = distance(verdict)
        return away is not None and away < _NEAR_MARGINS * self._margin(verdict.rule)

    def _debounce_time(self, rule: str, side: str) -> float:
        if side == "":
            return self.timing.debounce_slow if has_hint(rule, "") else self.timing.debounce_unmeasured
        return self.timing.debounce_slow if rule in DELAYED_RULES else self.timing.debounce

    def _active_faults(self) -> list[HintRule]:
        """Return the current faults, by priority."""
        faults = ((rule, debouncer.side) for rule, debouncer in self._debouncers.items() if debouncer.side is not None)
        return sorted((hint_rule_for(rule, side, self._reasons[rule]) for rule, side in faults), key=priority)

    def _for_sitter(self, active: list[HintRule], now: float) -> list[HintRule]:
        """Return the faults to show to the sitter. Advice is shown only if all required rules are met, for a limited
        time, and not if it is for the operator."""
        required = [fault for fault in active if fault.rule not in self._advisory_rules]
        return required or [fault for fault in active if not fault.operator_hint and self._is_advice_shown(fault, now)]

    def _is_advice_pending(self, verdict: Verdict) -> bool:
        """Return whether advice will be shown soon; then "stay like that" must not be shown just before it."""
        if verdict.rule in self._advised_at or not self._is_clearly_out(verdict):
            return False
        return not hint_rule_for(verdict.rule, self._failed_side(verdict) or "", verdict.reason).operator_hint

    def _is_advice_shown(self, fault: HintRule, now: float) -> bool:
        return now - self._advised_at.setdefault(fault.rule, now) < self.timing.advice_duration

    def _select(self, candidates: list[HintRule]) -> HintRule | None:
        """Return the fault to show. A fault of the same group does not interrupt the current one."""
        if not candidates:
            self._current_fault = None
        elif (
            self._current_fault is None
            or self._current_fault not in candidates
            or group_number(candidates[0]) < group_number(self._current_fault)
        ):
            self._current_fault = candidates[0]
        return self._current_fault

    # ------------------------------------------------------------------ progress

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
        if first is None or first.hint == NOBODY:  # there is nobody to help
            return False
        return (
            now - self._progress.improved_at >= self.timing.call_help_after
            or now - self._last_ready_at >= self.timing.never_ready_timeout
        )

    # ------------------------------------------------------------------ readiness

    def _update_ready(self, ready: bool, now: float) -> None:
        if not ready:
            self._ready_since = None
        elif self._ready_since is None:
            self._ready_since = now

    def _meets_all_rules(self, verdicts: tuple[Verdict, ...], now: float) -> bool:
        """Return whether nothing is wrong in this frame. A blink is tolerated once the sitter is ready, not before:
        people blink every four seconds, so otherwise hardly anybody would complete a countdown."""
        blocking = {
            v.rule for v in verdicts if v.outcome is Outcome.FAIL or self._blocks_readiness(v, now)
        } - self._advisory_rules
        blocking |= {v.rule for v in verdicts if self._is_advice_pending(v)}
        unmeasured = _unmeasured_movement(verdicts)
        if (
            self._ready_since is not None
            and not self._movement_unknown_before
            and now - self._last_frame_at <= self.timing.max_frame_gap
        ):
            blocking -= unmeasured
        self._movement_unknown_before, self._last_frame_at = bool(unmeasured), now
        if not blocking:
            self._blink_since = None
            return bool(verdicts)
        if self._ready_since is None or not blocking <= EYE_RULES:
            return False
        if self._blink_since is None:
            self._blink_since = now
        return now - self._blink_since < self.timing.max_blink

    def _blocks_readiness(self, verdict: Verdict, now: float) -> bool:
        """Return whether an unmeasured rule prevents readiness. A metric that is not measured at every frame (the body)
        may be late once; movement is handled by `_unmeasured_movement`."""
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
    """Return the movement rules that were not measured. One frame after a pause of the machine is tolerated; two in a
    row mean that the machine is too slow to measure movement."""
    return {v.rule for v in verdicts if v.rule in DELAYED_RULES and v.outcome is Outcome.NOT_MEASURED}
