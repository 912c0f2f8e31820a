"""Metrics of a picture, and the verdict of each rule of a standard on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from config.standards.registry import Rule


class Outcome(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    UNSURE = "unsure"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True)
class Metric:
    """One measured value in its unit, or None and the reason (a message id).

    `error` is the error of this one value where it exceeds the tolerance of the rule.
    """

    name: str
    value: float | None
    unit: str
    reason: str = ""
    error: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """The result of one rule: the value, the band from `min` to `max` (bounds included) and, unless passed, why.

    `reason` is a message id: `rule.<name>.low`, `rule.<name>.high`, or the reason of the metric.
    """

    rule: str
    outcome: Outcome
    value: float | None
    unit: str
    min: float | None
    max: float | None
    reason: str = ""


def evaluate(metrics: Mapping[str, Metric], rules: Mapping[str, Rule]) -> tuple[Verdict, ...]:
    """Compare the metric of each rule with its band, in the order of the rules."""
    return tuple(_verdict(name, rule, metrics.get(rule.metric)) for name, rule in rules.items())


MANUAL_CHECK: Final = "not_measured.manual_check"
NOT_IN_FILE: Final = "not_measured.live_only"
NEEDS_SHOT: Final = "not_measured.needs_shot"
"""The rule compares the portrait with the plain backdrop of its shot, which a file alone does not show."""
UNANSWERABLE: Final = (MANUAL_CHECK, NOT_IN_FILE, NEEDS_SHOT)
"""Reasons of rules that cannot be evaluated on a file alone."""
_FAILING_REASONS: Final = ("not_measured.not_jpeg", "not_measured.no_dpi")  # a file without these fails the rule


def unevaluated(rules: Mapping[str, Rule]) -> tuple[Verdict, ...]:
    """Return the verdicts of rules that cannot be evaluated on a file: those for a person, and those on the live
    picture or the shot."""
    return tuple(
        Verdict(
            rule=name,
            outcome=Outcome.NOT_MEASURED,
            value=None,
            unit=rule.unit,
            min=rule.min,
            max=rule.max,
            reason=MANUAL_CHECK if rule.by == "person" else NOT_IN_FILE,
        )
        for name, rule in rules.items()
    )


def failed_verdicts(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    return tuple(v for v in verdicts if v.outcome is Outcome.FAIL)


def _verdict(name: str, rule: Rule, metric: Metric | None) -> Verdict:
    if metric is None or metric.value is None:
        reason = metric.reason if metric else "not_measured.no_value"
        outcome = Outcome.FAIL if reason in _FAILING_REASONS and not rule.advice else Outcome.NOT_MEASURED
        return Verdict(name, outcome, None, rule.unit, rule.min, rule.max, reason)
    outcome, side = _compare(metric.value, rule, max(rule.tolerance, metric.error))
    if rule.advice and outcome is Outcome.FAIL:
        outcome = Outcome.UNSURE
    reason = f"rule.{name}.{side}" if side else ""
    return Verdict(name, outcome, metric.value, rule.unit, rule.min, rule.max, reason)


def _compare(value: float, rule: Rule, margin: float) -> tuple[Outcome, str]:
    """Return the outcome and the side ("low", "high" or "") on which the value is out or nearly out."""
    if rule.min is not None and value < rule.min:
        return _outcome_outside(rule.min - value, margin), "low"
    if rule.max is not None and value > rule.max:
        return _outcome_outside(value - rule.max, margin), "high"
    if rule.min is not None and value < rule.min + margin:
        return Outcome.UNSURE, "low"
    if rule.max is not None and value > rule.max - margin:
        return Outcome.UNSURE, "high"
    return Outcome.PASS, ""


def _outcome_outside(distance: float, margin: float) -> Outcome:
    return Outcome.FAIL if distance >= margin else Outcome.UNSURE
