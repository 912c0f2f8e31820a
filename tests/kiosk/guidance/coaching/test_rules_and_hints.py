"""Every rule of the standard has a metric, and every result of guidance has a message."""

from __future__ import annotations

import pytest

from config.i18n import LANGUAGES, translations
from config.standards.registry import Rule, Stage, load_standard
from kiosk.guidance.coaching.hints import (
    HELP_CALLED,
    HINT_RULES,
    HOLD_STILL,
    LOOK_AT_CAMERA,
    NO_PROGRESS,
    ONE_MOMENT,
    REPHRASED_SUFFIX,
)
from kiosk.guidance.coaching.prompts import prompts
from kiosk.guidance.metrics.registry import METRIC_UNITS

CHSI = load_standard("chsi")
RULES = {**CHSI.rules_for(Stage.LIVE), **CHSI.rules_for(Stage.SHOT)}
AVAILABLE_METRICS = {**METRIC_UNITS, "eye_openness": "share", "brow_raise": "share"}
REASONS = (
    "no_value",
    "no_face",
    "one_frame",
    "eyes_unknown",
    "brows_unknown",
    "face_outside",
    "face_too_small",
    "no_backdrop",
)


@pytest.mark.parametrize(("name", "rule"), RULES.items(), ids=RULES)
def test_each_rule_uses_a_metric_in_its_unit(name: str, rule: Rule) -> None:
    assert AVAILABLE_METRICS[rule.metric] == rule.unit


def test_every_fault_belongs_to_a_rule_that_can_fail_so() -> None:
    for fault in HINT_RULES:
        rule = CHSI.rules_for(Stage.LIVE)[fault.rule]
        assert fault.side == "" or rule.bounds[fault.side] is not None, fault


def test_every_failure_of_a_live_rule_has_a_hint() -> None:
    with_hint = {(fault.rule, fault.side) for fault in HINT_RULES}
    for name, rule in CHSI.rules_for(Stage.LIVE).items():
        for side, bound in rule.bounds.items():
            assert bound is None or (name, side) in with_hint, (name, side)


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_messages_for_everything(language: str) -> None:
    hints = {ONE_MOMENT, *(f.hint for f in HINT_RULES)}
    keys = {LOOK_AT_CAMERA, HOLD_STILL, HELP_CALLED, NO_PROGRESS, *hints, *(hint + REPHRASED_SUFFIX for hint in hints)}
    keys |= {f.operator_hint for f in HINT_RULES if f.operator_hint}
    keys |= {f"not_measured.{reason}" for reason in REASONS}
    for name, rule in RULES.items():
        keys |= {f"rule.{name}"} | {f"rule.{name}.{side}" for side, bound in rule.bounds.items() if bound is not None}
    assert sorted(key for key in keys if not translations(language).has(key)) == []


def test_hints_are_short_enough_to_be_read_at_a_glance() -> None:
    hints = {LOOK_AT_CAMERA, HOLD_STILL, ONE_MOMENT, *(fault.hint for fault in HINT_RULES)}
    assert [translations("zh_CN").translate(h) for h in hints if len(translations("zh_CN").translate(h)) > 14] == []
    assert [translations("en").translate(h) for h in hints if len(translations("en").translate(h)) > 48] == []
    rephrased = {hint + REPHRASED_SUFFIX for hint in hints - {LOOK_AT_CAMERA, HOLD_STILL}} | {HELP_CALLED}
    assert [translations("zh_CN").translate(h) for h in rephrased if len(translations("zh_CN").translate(h)) > 24] == []
    assert [translations("en").translate(h) for h in rephrased if len(translations("en").translate(h)) > 80] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_wording_differs(language: str) -> None:
    translate = translations(language).translate
    assert [f.hint for f in HINT_RULES if translate(f.hint) == translate(f.hint + REPHRASED_SUFFIX)] == []


@pytest.mark.parametrize(("key", "side"), [("left", "左"), ("right", "右")])
def test_left_and_right_are_named_alike_in_both_wordings(key: str, side: str) -> None:
    other = "右" if side == "左" else "左"
    hints = {f.hint for f in HINT_RULES if f.hint.endswith(key)}
    assert hints
    for hint in hints:
        for wording in (hint, hint + REPHRASED_SUFFIX):
            assert side in translations("zh_CN").translate(wording)
            assert other not in translations("zh_CN").translate(wording)
            assert key in translations("en").translate(wording)


@pytest.mark.parametrize(
    ("rule", "question"),
    [
        ("glasses", "glasses"),
        ("hair_clear", "hair"),
        ("ears", "hair"),
        ("bun", "hair"),
        ("headwear", "headwear"),
        ("jewellery", "jewellery"),
        ("makeup", "makeup"),
        ("clothing", "clothing"),
        ("collar", "clothing"),
    ],
)
def test_each_rule_that_no_metric_detects_has_its_question(rule: str, question: str) -> None:
    assert prompts(CHSI.model_copy(update={"rules": {rule: CHSI.rules["glasses"]}})) == (question,)
