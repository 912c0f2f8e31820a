"""Scripted sitters: each has a fault and corrects it only after the hint of the station.

Scripts are made from the rules themselves, so that a new rule brings its own sitter along.
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
MOVE_DURATION_S: Final = 0.7  # a chair, a head or a hand takes so long
MOVE_SPEED: Final = 0.35  # face widths a second, while they do
LIMIT_S: Final = 8.0

SCRIPTS: Final = tuple(fault for fault in HINT_RULES if fault.rule in RULES)


def good_value(rule: Rule) -> float:
    """A value well inside the band."""
    room = 6 * (rule.tolerance or 0.5)
    if rule.min is not None and rule.max is not None:
        return rule.target if rule.target is not None else (rule.min + rule.max) / 2
    if rule.min is not None:
        return rule.min + room
    assert rule.max is not None
    return rule.max - room if rule.max - room > 0 else rule.max / 4


def bad_value(fault: HintRule, margins: float = 6.0) -> float | None:
    """A value clearly out of the band on the fault's side; None for what cannot be measured."""
    rule = RULES[fault.rule]
    room = margins * rule.tolerance if rule.tolerance else 1.0
    if fault.side == "low":
        return (rule.min or 0.0) - room
    return (rule.max or 0.0) + room if fault.side == "high" else None


def noise_deviation(rule: Rule) -> float:
    """One standard deviation of the measure: its margin is two."""
    return rule.tolerance / 2


RULES_OF: Final = {rule.metric: {n: r for n, r in RULES.items() if r.metric == rule.metric} for rule in RULES.values()}
"""The rules of each metric by name."""


class GoodFrames:
    """The verdicts on a sitter without faults, with noise, frame after frame. Tests need 56,000 frames, so the plays of
    a seed share them, and only the metrics of their faults are evaluated for each play."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"good values {seed}")
        self._frames: list[dict[str, Verdict]] = []

    def at(self, frame: int) -> dict[str, Verdict]:
        """The verdicts by rule, in the order of the rules; not to be changed."""
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
    """The verdicts on a frame of which the metrics `changed` are not the good ones of `seed`."""
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
    """Has `faults`, and corrects each after its own hint (or, for the operator's faults, after the note)."""

    faults: tuple[HintRule, ...]
    ignores_hints: bool = False
    fixing_since: dict[HintRule, float] = field(default_factory=dict)  # fault -> when the movement begins

    def on_advice(self, advice: Advice, now: float) -> None:
        for fault in self.faults:
            reported = (
                fault.operator_hint in advice.operator_hints
                if fault.operator_hint
                else self._is_hint_for(advice, fault)
            )
            if reported and not self.ignores_hints:
                self.fixing_since.setdefault(fault, now + REACTION_S)

    def _is_hint_for(self, advice: Advice, fault: HintRule) -> bool:
        return advice.hint.removesuffix(REPHRASED_SUFFIX) == fault.hint

    def changed_values(self, now: float, rng: random.Random) -> dict[str, float | None]:
        """The metrics of this moment that are not those of a sitter without faults, with their noise."""
        found = {RULES[fault.rule].metric: self._value(fault, now, rng) for fault in self.faults}
        if self._is_moving(now):
            found["movement"] = max(MOVE_SPEED, found.get("movement") or 0.0)
        return found

    def _value(self, fault: HintRule, now: float, rng: random.Random) -> float | None:
        rule, wrong = RULES[fault.rule], bad_value(fault)
        share = self._fixed_share(fault, now)
        if wrong is None or rule.metric == "faces":  # there or not there
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
    """How it went: seconds until the countdown could begin (None: never), and the hints on the screen."""

    seconds: float | None
    hints: tuple[str, ...]
    operator_hints: tuple[str, ...]
    unmentioned: tuple[HintRule, ...]


def play(sitter: Sitter, seed: int = 0, longest: float = 60.0, steady: float = VisitTimeouts().all_clear) -> PlayResult:
    """One sitter before a fresh coach, thirty frames a second."""
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
    untold = tuple(fault for fault in sitter.faults if fault not in sitter.fixing_since)
    return PlayResult(ended, tuple(hints), tuple(operators), untold)


def spoken_hints(hints: Iterable[str]) -> list[str]:
    """The faults of the shown hints, in order, regardless of the wording."""
    spoken: list[str] = []
    for hint in hints:
        plain = hint.removesuffix(REPHRASED_SUFFIX)
        if plain not in (LOOK_AT_CAMERA, HOLD_STILL) and (not spoken or spoken[-1] != plain):
            spoken.append(plain)
    return spoken


def has_alternating_hints(hints: Iterable[str]) -> bool:
    """Whether two hints take turns: A, B, A, B. (A, B, A is a sitter who leaves the place while posing: that is shown,
    and the pose continues.)"""
    spoken = spoken_hints(hints)
    return any(spoken[i : i + 2] == spoken[i + 2 : i + 4] for i in range(len(spoken) - 3))
