"""Scripted sitters, who have faults and correct each only after its hint.

The scripts are derived from the rules, so that a new rule automatically has its sitter.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from config.standards.registry import Rule, Stage, load_standard
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.coach import Coach
from kiosk.guidance.coaching.hints import HINT_RULES, HOLD_STILL, LOOK_AT_CAMERA, REPHRASED_SUFFIX, HintRule
from kiosk.guidance.verdict import Metric, Verdict, evaluate
from kiosk.visit.timeouts import VisitTimeouts

RULES: Final = load_standard("chsi").rules_for(Stage.LIVE)
FRAME_S: Final = 1 / 30
REACTION_S: Final = 0.8  # from a sentence on the screen to the first movement
MOVE_DURATION_S: Final = 0.7  # the time to move a chair, a head or a hand
MOVE_SPEED: Final = 0.35  # face widths a second, during such a movement
LIMIT_S: Final = 8.0

SCRIPTS: Final = tuple(fault for fault in HINT_RULES if fault.rule in RULES)


def good_value(rule: Rule) -> float:
    """Return a value well inside the band."""
    margin = 6 * (rule.tolerance or 0.5)
    if rule.min is not None and rule.max is not None:
        return rule.target if rule.target is not None else (rule.min + rule.max) / 2
    if rule.min is not None:
        return rule.min + margin
    assert rule.max is not None
    return rule.max - margin if rule.max - margin > 0 else rule.max / 4


def bad_value(fault: HintRule, tolerances: float = 6.0) -> float | None:
    """Return a value clearly outside the band on the fault's side; None if the fault is an unmeasured metric."""
    rule = RULES[fault.rule]
    margin = tolerances * rule.tolerance if rule.tolerance else 1.0
    if fault.side == "low":
        return (rule.min or 0.0) - margin
    return (rule.max or 0.0) + margin if fault.side == "high" else None


def noise_deviation(rule: Rule) -> float:
    """Return one standard deviation of the metric; its tolerance is two."""
    return rule.tolerance / 2


RULES_OF: Final = {rule.metric: {n: r for n, r in RULES.items() if r.metric == rule.metric} for rule in RULES.values()}
"""The rules of each metric by name."""


class GoodFrames:
    """The verdicts on a sitter without faults, with noise, for each frame. Tests need 56,000 frames, so all plays with
    the same seed share them, and only the metrics with faults are evaluated for each play."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"good values {seed}")
        self._frames: list[dict[str, Verdict]] = []

    def at(self, frame: int) -> dict[str, Verdict]:
        """Return the verdicts by rule, in the order of the rules. Callers must not change them."""
        while len(self._frames) <= frame:
            values = {
                metric: good_value(rule) + self._rng.gauss(0, noise_deviation(rule))
                for metric, rules in RULES_OF.items()
                for rule in rules.values()
            }
            self._frames.append({verdict.rule: verdict for verdict in evaluate(_metrics(values), RULES)})
        return self._frames[frame]


@lru_cache(maxsize=8)
def good_frames(seed: int) -> GoodFrames:
    return GoodFrames(seed)


def verdicts_at(frame: int, seed: int, changed: Mapping[str, float | None]) -> tuple[Verdict, ...]:
    """Return the verdicts on a frame with the good metrics of `seed`, except those that are `changed`."""
    found = dict(good_frames(seed).at(frame))
    for metric, value in changed.items():
        found |= {verdict.rule: verdict for verdict in evaluate(_metrics({metric: value}), RULES_OF[metric])}
    return tuple(found.values())


def _metrics(values: Mapping[str, float | None]) -> dict[str, Metric]:
    return {
        name: Metric(name, value, next(iter(RULES_OF[name].values())).unit, "not_measured.x")
        for name, value in values.items()
    }


@dataclass
class Sitter:
    """A sitter with `faults` who corrects each after its hint (the operator's hint where there is one)."""

    faults: tuple[HintRule, ...]
    ignores_hints: bool = False
    fixing_since: dict[HintRule, float] = field(default_factory=dict)  # fault -> when the movement begins

    def on_advice(self, advice: Advice, now: float) -> None:
        for fault in self.faults:
            hinted = (
                fault.operator_hint in advice.operator_hints
                if fault.operator_hint
                else self._is_hint_for(advice, fault)
            )
            if hinted and not self.ignores_hints:
                self.fixing_since.setdefault(fault, now + REACTION_S)

    def _is_hint_for(self, advice: Advice, fault: HintRule) -> bool:
        return advice.hint.removesuffix(REPHRASED_SUFFIX) == fault.hint

    def changed_values(self, now: float, rng: random.Random) -> dict[str, float | None]:
        """Return the metrics that now differ from those of a sitter without faults, with their noise."""
        found = {RULES[fault.rule].metric: self._value(fault, now, rng) for fault in self.faults}
        if self._is_moving(now):
            found["movement"] = max(MOVE_SPEED, found.get("movement") or 0.0)
        return found

    def _value(self, fault: HintRule, now: float, rng: random.Random) -> float | None:
        rule, wrong = RULES[fault.rule], bad_value(fault)
        share = self._fixed_share(fault, now)
        if wrong is None or rule.metric == "faces":  # a person is there or not
            return good_value(rule) if share >= 1 else wrong
        return wrong + share * (good_value(rule) - wrong) + rng.gauss(0, noise_deviation(rule))

    def _fixed_share(self, fault: HintRule, now: float) -> float:
        begins = self.fixing_since.get(fault)
        return 0.0 if begins is None else min(1.0, max(0.0, (now - begins) / MOVE_DURATION_S))

    def _is_moving(self, now: float) -> bool:
        return any(
            begins <= now <= begins + MOVE_DURATION_S
            for fault, begins in self.fixing_since.items()
            if not fault.operator_hint
        )


@dataclass(frozen=True)
class PlayResult:
    """Seconds until the countdown could begin (None: never), and the hints on the screen."""

    seconds: float | None
    hints: tuple[str, ...]
    operator_hints: tuple[str, ...]
    unmentioned: tuple[HintRule, ...]


def play(sitter: Sitter, seed: int = 0, longest: float = 60.0, steady: float = VisitTimeouts().all_clear) -> PlayResult:
    """Play one sitter with a new coach, at thirty frames a second."""
    coach, rng, now, frame = Coach(RULES), random.Random(seed), 0.0, 0
    hints: list[str] = []
    operators: dict[str, None] = {}
    ended = None
    while now < longest and ended is None:
        advice = coach.advise(verdicts_at(frame, seed, sitter.changed_values(now, rng)), 100 + now)
        if not hints or hints[-1] != advice.hint:
            hints.append(advice.hint)
        operators |= dict.fromkeys(advice.operator_hints)
        sitter.on_advice(advice, now)
        if advice.ready and advice.steady_for >= steady:
            ended = now
        now, frame = now + FRAME_S, frame + 1
    unmentioned = tuple(fault for fault in sitter.faults if fault not in sitter.fixing_since)
    return PlayResult(ended, tuple(hints), tuple(operators), unmentioned)


def distinct_hints(hints: Iterable[str]) -> list[str]:
    """Return the hints that were shown for faults, in order, without repetitions and regardless of the wording."""
    distinct: list[str] = []
    for hint in hints:
        plain = hint.removesuffix(REPHRASED_SUFFIX)
        if plain not in (LOOK_AT_CAMERA, HOLD_STILL) and (not distinct or distinct[-1] != plain):
            distinct.append(plain)
    return distinct


def has_alternating_hints(hints: Iterable[str]) -> bool:
    """Return whether two hints alternate: A, B, A, B. (A, B, A is a sitter who leaves the place while posing: that is
    shown, and the pose continues.)"""
    distinct = distinct_hints(hints)
    return any(distinct[i : i + 2] == distinct[i + 2 : i + 4] for i in range(len(distinct) - 3))
