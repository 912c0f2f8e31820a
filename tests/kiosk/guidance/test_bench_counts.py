"""The counts of the benchmark: the label of each verdict, and the three shares required of guidance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.standards.registry import load_standard
from kiosk.guidance.verdict import Metric, Outcome
from tests.bench.guidance_table import table
from tests.bench.guidance_truth import LabelledVerdict, MeasuredPicture, labelled_verdicts
from tests.bench.labelled_pictures import Truth

RULE = load_standard("chsi").rules["yaw"]


def picture(name: str, value: float, truth: Truth) -> MeasuredPicture:
    return MeasuredPicture(name, "somebody", truth, {"yaw": Metric("yaw", value, "deg")})


def verdicts(*pictures: MeasuredPicture) -> dict[str, LabelledVerdict]:
    return {verdict.picture: verdict for verdict in labelled_verdicts(list(pictures), {"yaw": RULE})}


def test_a_fault_counts_as_found_only_on_its_own_side() -> None:
    right = picture("as it is", 0, Truth(known=True))
    found = verdicts(
        right,
        picture("left", 20, Truth("turned", 1, frozenset({("yaw", "high")}), known=True)),
        picture("the other way", -20, Truth("turned", 2, frozenset({("yaw", "high")}), known=True)),
        picture("not seen", 1, Truth("turned", 3, frozenset({("yaw", "*")}), known=True)),
    )
    assert found["as it is"].as_labelled
    assert found["left"].as_labelled
    assert found["the other way"].wrong
    assert found["not seen"].outcome is Outcome.PASS
    assert found["not seen"].wrong


def test_pictures_without_a_label_are_not_counted() -> None:
    unknown = picture("as it is", 8.0, Truth())  # in an unknown folder, and not passed before
    opened = picture("open", 20, Truth("waved", 1, open=frozenset({"yaw"})))
    assert [v.should_fail for v in verdicts(unknown, opened).values()] == [None, None]


def turned(name: str, value: float, by: float, *faults: tuple[str, str]) -> MeasuredPicture:
    return picture(name, value, Truth("turned", by, frozenset(faults), measure="yaw", true=by, known=True))


def test_a_change_of_a_value_is_added_to_the_sitter_s_own_value() -> None:
    found = verdicts(
        picture("as it is", 5, Truth(known=True)),
        turned("far too much", 25, 20, ("yaw", "high")),
        turned("a little, to a sitter near the bound", 9, 4),
        turned("a little back", 1, -4),
        turned("too much, from the other side", -4, -9, ("yaw", "low")),
    )
    assert [verdict.should_fail for verdict in found.values()] == [False, True, None, False, None]


def test_light_from_both_sides_adds_up_in_stops() -> None:
    lit = Truth("light", 1, measure="light_balance", true=1.0)
    assert lit.expected(0.0) == pytest.approx(1 / 3)  # twice as bright
    assert lit.expected(-1 / 3) == pytest.approx(0.0)


def test_the_table_names_missed_faults_and_stopped_pictures() -> None:
    pictures = [
        picture("as it is", 0, Truth(known=True)),
        picture("missed", 0, Truth("turned", 1, frozenset({("yaw", "high")}), known=True)),
        picture("stopped", 20, Truth("lit", 1, known=True)),
    ]
    lines = list(table(pictures, list(labelled_verdicts(pictures, {"yaw": RULE})), {"yaw": RULE}))
    text = "\n".join(lines)
    assert "faulty passed          100.00% of 1" in text
    assert "right stopped           50.00% of 2" in text
    assert any("missed" in line for line in lines)
    assert any("stopped" in line for line in lines)


def test_a_picture_whose_fault_passes_counts_as_passed_even_if_another_rule_fails() -> None:
    rules = {"yaw": RULE, "roll": load_standard("chsi").rules["roll"]}
    right = MeasuredPicture("as it is", "somebody", Truth(known=True), {"yaw": Metric("yaw", 0, "deg")})
    turned = Truth("turned", 1, frozenset({("yaw", "high")}), open=frozenset({"roll"}), known=True)
    values = {"yaw": Metric("yaw", 0, "deg"), "roll": Metric("roll", 30, "deg")}
    missed = [MeasuredPicture("missed", "somebody", turned, values)]
    unsure = [MeasuredPicture("unsure", "somebody", turned, values | {"yaw": Metric("yaw", RULE.max, "deg")})]
    for faulty, reported in (
        (missed, "faulty passed          100.00% of 1"),
        (unsure, "faulty passed            0.00% of 1"),
    ):
        pictures = [right, *faulty]
        assert any(reported in line for line in table(pictures, list(labelled_verdicts(pictures, rules)), rules))


def test_a_picture_with_a_fault_of_the_sitter_s_own_is_not_a_right_one() -> None:
    own = replace(Truth(known=True), own_faults=frozenset({("yaw", "high")}))
    pictures = [picture("as it is", 20, own), picture("lit", 20, replace(own, change="lit"))]
    text = "\n".join(table(pictures, list(labelled_verdicts(pictures, {"yaw": RULE})), {"yaw": RULE}))
    assert "right stopped            0.00% of 0" in text
    assert "faulty passed            0.00% of 2" in text
