"""Signs and words in `verdict` whose change no other test would detect."""

from __future__ import annotations

import pytest

from config.standards.registry import Rule, Stage, load_standard
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
from kiosk.tools.photo.page_server.views import evaluated
from kiosk.visit.recorder import verdict_payloads

RULES = load_standard("chsi").rules_for(Stage.LIVE)


def rule_with_bound(side: str) -> tuple[str, Rule]:
    """Return a rule that is bounded on that side and has a margin."""
    return next(
        (name, rule) for name, rule in RULES.items() if rule.tolerance and rule.bounds[side] and not rule.advice
    )


def outcome_of(name: str, rule: Rule, value: float, error: float = 0.0) -> Outcome:
    (verdict,) = evaluate({rule.metric: Metric(rule.metric, value, rule.unit, error=error)}, {name: rule})
    return verdict.outcome


@pytest.mark.parametrize(("side", "out"), [("low", -1), ("high", 1)])
def test_a_value_outside_the_band_by_less_than_the_margin_is_unsure_on_either_side(side: str, out: int) -> None:
    name, rule = rule_with_bound(side)
    bound = rule.bounds[side]
    assert outcome_of(name, rule, bound + out * 0.5 * rule.tolerance) is Outcome.UNSURE
    assert outcome_of(name, rule, bound + out * 1.5 * rule.tolerance) is Outcome.FAIL
    assert outcome_of(name, rule, bound - out * 0.5 * rule.tolerance) is Outcome.UNSURE


def test_a_value_with_an_error_larger_than_the_margin_is_unsure_farther_outside() -> None:
    name, rule = rule_with_bound("high")
    assert rule.max is not None
    beyond = rule.max + 1.5 * rule.tolerance
    assert outcome_of(name, rule, beyond) is Outcome.FAIL
    assert outcome_of(name, rule, beyond, error=2 * rule.tolerance) is Outcome.UNSURE
    assert outcome_of(name, rule, beyond, error=0.5 * rule.tolerance) is Outcome.FAIL, "the margin is the minimum"


def test_only_failed_verdicts_are_returned() -> None:
    verdicts = tuple(Verdict(o.value, o, 1.0, "ratio", 0.0, 2.0, "why") for o in Outcome)
    assert [verdict.rule for verdict in failed_verdicts(verdicts)] == ["fail"]
    assert failed_verdicts(()) == ()


def test_outcomes_have_the_names_of_the_wire() -> None:
    assert [outcome.value for outcome in Outcome] == ["pass", "fail", "unsure", "not_measured"]
    verdict = Verdict("yaw", Outcome.PASS, 1.0, "degrees", -2.0, 2.0)
    assert verdict_payloads((verdict,))[0]["outcome"] == "pass"


def test_an_unevaluated_rule_names_who_evaluates_it() -> None:
    rules = load_standard("chsi").rules
    reasons = {verdict.rule: verdict.reason for verdict in unevaluated(rules)}
    assert MANUAL_CHECK == "not_measured.manual_check"
    assert NOT_IN_FILE == "not_measured.live_only"
    for name, rule in rules.items():
        assert reasons[name] == (MANUAL_CHECK if rule.by == "person" else NOT_IN_FILE)


def test_a_report_on_a_file_omits_rules_that_no_file_can_answer() -> None:
    reasons = [f"not_measured.{word}" for word in ("manual_check", "live_only", "needs_shot", "no_face")]
    verdicts = [Verdict("x", Outcome.NOT_MEASURED, None, "", None, None, reason) for reason in reasons]
    assert [verdict.reason for verdict in evaluated(verdicts)] == ["not_measured.no_face"]


@pytest.mark.parametrize("reason", ["not_measured.not_jpeg", "not_measured.no_dpi"])
def test_a_property_that_a_file_surely_lacks_fails_unless_the_rule_is_advisory(reason: str) -> None:
    name, rule = rule_with_bound("high")
    (verdict,) = evaluate({rule.metric: Metric(rule.metric, None, rule.unit, reason)}, {name: rule})
    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason == reason
    advised = next((n, r) for n, r in RULES.items() if r.advice)
    (verdict,) = evaluate({advised[1].metric: Metric("x", None, "", reason)}, {advised[0]: advised[1]})
    assert verdict.outcome is Outcome.NOT_MEASURED
