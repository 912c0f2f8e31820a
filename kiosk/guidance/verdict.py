"""Measures and verdicts: what was measured of a picture, and what each rule of a standard says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from config.standard import Rule


class Outcome(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    UNSURE = "unsure"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True)
class Measure:
    """One measured value in its unit, or none with the reason (a word key) why it cannot be had."""

    name: str
    value: float | None
    unit: str
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """What one rule says: the value, the band it was held against (bounds included) and, unless passed, why.

    `reason` is a word key: `rule.<name>.low`, `rule.<name>.high`, or the measure's own reason.
    """

    rule: str
    outcome: Outcome
    value: float | None
    unit: str
    low: float | None
    high: float | None
    reason: str = ""


def judge(measures: Mapping[str, Measure], rules: Mapping[str, Rule]) -> tuple[Verdict, ...]:
    """Holds each rule's measure against its band, in the order of the rules."""
    return tuple(_verdict(name, rule, measures.get(rule.measure)) for name, rule in rules.items())


def failed(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    return tuple(v for v in verdicts if v.outcome is Outcome.FAIL)


def _verdict(name: str, rule: Rule, measure: Measure | None) -> Verdict:
    if measure is None or measure.value is None:
        reason = measure.reason if measure else "measure.not_taken"
        return Verdict(name, Outcome.NOT_MEASURED, None, rule.unit, rule.low, rule.high, reason)
    outcome, side = _place(measure.value, rule)
    reason = f"rule.{name}.{side}" if side else ""
    return Verdict(name, outcome, measure.value, rule.unit, rule.low, rule.high, reason)


def _place(value: float, rule: Rule) -> tuple[Outcome, str]:
    """The outcome and the side ("low", "high" or "") on which the value is out or nearly out."""
    if rule.low is not None and value < rule.low:
        return _beyond(rule.low - value, rule.margin), "low"
    if rule.high is not None and value > rule.high:
        return _beyond(value - rule.high, rule.margin), "high"
    if rule.low is not None and value < rule.low + rule.margin:
        return Outcome.UNSURE, "low"
    if rule.high is not None and value > rule.high - rule.margin:
        return Outcome.UNSURE, "high"
    return Outcome.PASS, ""


def _beyond(distance: float, margin: float) -> Outcome:
    return Outcome.FAIL if distance >= margin else Outcome.UNSURE
