"""The verdict of a rule on a value: in the band, outside, or nearer to a bound than the metric's error."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from config.standards.registry import Rule, Stage
from kiosk.guidance.verdict import (
    MANUAL_CHECK,
    NOT_IN_FILE,
    Metric,
    Outcome,
    Verdict,
    evaluate,
    failed_verdicts,
    unevaluated,
)

BAND = Rule(
    metric="hair_top",
    unit="px",
    min=50,
    max=110,
    tolerance=2,
    stages=(Stage.PORTRAIT,),
    quote="quote",
    source="source",
    retrieved=date(2026, 11, 22),
    verbatim=True,
)
MANUAL = Rule(
    by="person",
    stages=(Stage.PERSON,),
    quote="quote",
    source="source",
    retrieved=date(2026, 11, 22),
    verbatim=True,
)


def verdict_on(measure: Metric | None, rule: Rule = BAND) -> Verdict:
    (verdict,) = evaluate({} if measure is None else {measure.name: measure}, {"hair_top": rule})
    return verdict


@pytest.mark.parametrize(
    ("value", "outcome", "reason"),
    [
        (47.9, Outcome.FAIL, "rule.hair_top.low"),
        (49.0, Outcome.UNSURE, "rule.hair_top.low"),
        (51.0, Outcome.UNSURE, "rule.hair_top.low"),
        (52.0, Outcome.PASS, ""),
        (80.0, Outcome.PASS, ""),
        (108.0, Outcome.PASS, ""),
        (108.1, Outcome.UNSURE, "rule.hair_top.high"),
        (112.0, Outcome.FAIL, "rule.hair_top.high"),
    ],
)
def test_a_value_is_compared_with_its_band(value: float, outcome: Outcome, reason: str) -> None:
    verdict = verdict_on(Metric("hair_top", value, "px"))
    assert (verdict.outcome, verdict.reason, verdict.value) == (outcome, reason, value)
    assert (verdict.rule, verdict.min, verdict.max, verdict.unit) == ("hair_top", 50, 110, "px")


def test_without_a_margin_the_bounds_themselves_pass() -> None:
    exact = BAND.model_copy(update={"tolerance": 0.0})
    assert [verdict_on(Metric("hair_top", value, "px"), exact).outcome for value in (50, 110)] == [Outcome.PASS] * 2
    assert verdict_on(Metric("hair_top", 110.001, "px"), exact).outcome is Outcome.FAIL


@pytest.mark.parametrize(("bound", "far"), [("min", -1e6), ("max", 1e6)])
def test_a_band_may_have_one_bound_alone(bound: str, far: float) -> None:
    open_band = BAND.model_copy(update={bound: None})
    assert verdict_on(Metric("hair_top", far, "px"), open_band).outcome is Outcome.PASS
    assert verdict_on(Metric("hair_top", -far, "px"), open_band).outcome is Outcome.FAIL


def test_a_value_with_a_larger_error_is_unsure_farther_from_a_bound() -> None:
    near = Metric("hair_top", 46.0, "px")
    assert verdict_on(near).outcome is Outcome.FAIL
    assert verdict_on(replace(near, error=6.0)).outcome is Outcome.UNSURE
    assert verdict_on(replace(near, value=80.0, error=6.0)).outcome is Outcome.PASS


def test_an_unmeasured_metric_has_a_reason() -> None:
    assert verdict_on(None).reason == "not_measured.no_value"
    verdict = verdict_on(Metric("hair_top", None, "px", "not_measured.no_face"))
    assert verdict == Verdict("hair_top", Outcome.NOT_MEASURED, None, "px", 50, 110, "not_measured.no_face")


@pytest.mark.parametrize("reason", ["not_measured.not_jpeg", "not_measured.no_dpi"])
def test_a_property_that_a_file_surely_lacks_fails(reason: str) -> None:
    assert verdict_on(Metric("hair_top", None, "px", reason)).outcome is Outcome.FAIL


def test_rules_for_people_and_for_the_shot_are_distinguished() -> None:
    person, shutter = unevaluated({"ears": MANUAL, "stillness": BAND})
    assert (person.outcome, person.reason) == (Outcome.NOT_MEASURED, MANUAL_CHECK)
    assert shutter == Verdict("stillness", Outcome.NOT_MEASURED, None, "px", 50, 110, NOT_IN_FILE)


def test_an_advisory_rule_never_fails() -> None:
    far = Metric("hair_top", 200.0, "px")
    assert verdict_on(far).outcome is Outcome.FAIL
    advised = verdict_on(far, BAND.model_copy(update={"advice": True}))
    assert advised == replace(verdict_on(far), outcome=Outcome.UNSURE)
    assert verdict_on(replace(far, value=80.0), BAND.model_copy(update={"advice": True})).outcome is Outcome.PASS


def test_all_failed_verdicts_are_returned_in_their_order() -> None:
    verdicts = [Verdict(f"rule_{n}", outcome, 1.0, "px", 0, 2) for n, outcome in enumerate((*Outcome, *Outcome))]
    assert [v.rule for v in failed_verdicts(tuple(verdicts))] == [v.rule for v in verdicts if v.outcome is Outcome.FAIL]
    assert len(failed_verdicts(tuple(verdicts))) == 2
    assert failed_verdicts(()) == ()
