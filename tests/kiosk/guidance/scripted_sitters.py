"""Sitters by script: each has something wrong, and mends it when, and only when, the station has told them to.

Scripts are made from the rules themselves, so that a new rule brings its own sitter along.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from config.standards.registry import Rule, Stage, load_standard
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.coach import Coach
from kiosk.guidance.coaching.hints import AGAIN, FAULTS, HOLD, LOOK, Fault
from kiosk.guidance.verdict import Metric, judge
from kiosk.visit.state import VisitTimeouts

RULES: Final = load_standard("chsi").rules_for(Stage.LIVE)
STEP: Final = 1 / 30
REACTION: Final = 0.8  # from a sentence on the screen to the first movement
MOVING: Final = 0.7  # a chair, a head or a hand takes so long
MOVEMENT: Final = 0.35  # face widths a second, while they do
LIMIT: Final = 8.0

SCRIPTS: Final = tuple(fault for fault in FAULTS if fault.rule in RULES)


def good(rule: Rule) -> float:
    """A value well inside the band."""
    room = 6 * (rule.margin or 0.5)
    if rule.low is not None and rule.high is not None:
        return rule.aim if rule.aim is not None else (rule.low + rule.high) / 2
    if rule.low is not None:
        return rule.low + room
    assert rule.high is not None
    return rule.high - room if rule.high - room > 0 else rule.high / 4


def bad(fault: Fault, margins: float = 6.0) -> float | None:
    """A value clearly out of the band on the fault's side; None for what cannot be measured."""
    rule = RULES[fault.rule]
    room = margins * rule.margin if rule.margin else 1.0
    if fault.side == "low":
        return (rule.low or 0.0) - room
    return (rule.high or 0.0) + room if fault.side == "high" else None


def noise(rule: Rule) -> float:
    """One standard deviation of the measure: its margin is two."""
    return rule.margin / 2


@dataclass
class Sitter:
    """Has `faults`, and mends each after its own hint (or, for what the operator must mend, after the note)."""

    faults: tuple[Fault, ...]
    deaf: bool = False
    mending: dict[Fault, float] = field(default_factory=dict)  # fault -> when the movement begins

    def hear(self, advice: Advice, now: float) -> None:
        for fault in self.faults:
            told = fault.operator in advice.operators if fault.operator else self._means(advice, fault)
            if told and not self.deaf:
                self.mending.setdefault(fault, now + REACTION)

    def _means(self, advice: Advice, fault: Fault) -> bool:
        return advice.hint.removesuffix(AGAIN) == fault.hint

    def values(self, now: float, rng: random.Random) -> dict[str, float | None]:
        """The measures of this moment, with their noise."""
        found: dict[str, float | None] = {
            rule.measure: good(rule) + rng.gauss(0, noise(rule)) for rule in RULES.values()
        }
        for fault in self.faults:
            found[RULES[fault.rule].measure] = self._value(fault, now, rng)
        if self._moves(now):
            found["movement"] = max(MOVEMENT, found["movement"] or 0.0)
        return found

    def _value(self, fault: Fault, now: float, rng: random.Random) -> float | None:
        rule, wrong = RULES[fault.rule], bad(fault)
        share = self._mended(fault, now)
        if wrong is None or rule.measure == "faces":  # there or not there
            return good(rule) if share >= 1 else wrong
        return wrong + share * (good(rule) - wrong) + rng.gauss(0, noise(rule))

    def _mended(self, fault: Fault, now: float) -> float:
        begins = self.mending.get(fault)
        return 0.0 if begins is None else min(1.0, max(0.0, (now - begins) / MOVING))

    def _moves(self, now: float) -> bool:
        return any(begins <= now <= begins + MOVING for fault, begins in self.mending.items() if not fault.operator)


@dataclass(frozen=True)
class Played:
    """How it went: seconds until the countdown could begin (None: never), and what stood on the screen."""

    seconds: float | None
    hints: tuple[str, ...]
    operators: tuple[str, ...]
    untold: tuple[Fault, ...]


def play(sitter: Sitter, seed: int = 0, longest: float = 60.0, steady: float = VisitTimeouts().steady) -> Played:
    """One sitter before a fresh coach, thirty frames a second."""
    coach, rng, now = Coach(RULES), random.Random(seed), 0.0
    hints: list[str] = []
    operators: dict[str, None] = {}
    ended = None
    while now < longest and ended is None:
        advice = coach.advise(judged(sitter.values(now, rng)), 100 + now)
        if not hints or hints[-1] != advice.hint:
            hints.append(advice.hint)
        operators |= dict.fromkeys(advice.operators)
        sitter.hear(advice, now)
        if advice.ready and advice.steady_for >= steady:
            ended = now
        now += STEP
    untold = tuple(fault for fault in sitter.faults if fault not in sitter.mending)
    return Played(ended, tuple(hints), tuple(operators), untold)


def judged(values: Mapping[str, float | None]) -> tuple:  # type: ignore[type-arg]
    units = {rule.measure: rule.unit for rule in RULES.values()}
    metrics = {name: Metric(name, value, units[name], "measure.x") for name, value in values.items()}
    return judge(metrics, RULES)


def said(hints: Iterable[str]) -> list[str]:
    """The faults spoken of, one after the other, whatever the wording."""
    spoken: list[str] = []
    for hint in hints:
        plain = hint.removesuffix(AGAIN)
        if plain not in (LOOK, HOLD) and (not spoken or spoken[-1] != plain):
            spoken.append(plain)
    return spoken


def alternates(hints: Iterable[str]) -> bool:
    """Whether two hints take turns: A, B, A, B. (A, B, A is a sitter who leaves the place while posing: it is said, and
    the pose is gone on with.)"""
    spoken = said(hints)
    return any(spoken[i : i + 2] == spoken[i + 2 : i + 4] for i in range(len(spoken) - 3))
