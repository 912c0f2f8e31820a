"""The chin stops nobody, until the zero of its measure is corrected; see the rule's basis in chsi.toml."""

from __future__ import annotations

import random

import pytest

from config.standards.registry import Stage, load_standard
from kiosk.guidance.coaching.coach import Coach
from kiosk.guidance.coaching.hints import HOLD_STILL
from kiosk.guidance.verdict import Metric, Outcome, evaluate
from tests.kiosk.guidance.scripted_sitters import FRAME_S, RULES, good_value

MEDIAN, SPREAD = 11.9, 6.0  # of 102 correct neutral faces; one sd between people
STANDARDS = ("chsi", "guizhou", "xinhua-2020", "xinhua-upload")


@pytest.mark.parametrize("name", STANDARDS)
@pytest.mark.parametrize("stage", [Stage.LIVE, Stage.SHOT, Stage.PORTRAIT])
def test_a_neutral_face_neither_fails_nor_is_in_doubt(name: str, stage: Stage) -> None:
    rules = {n: rule for n, rule in load_standard(name).rules_for(stage).items() if rule.metric == "pitch"}
    for sigmas in (-3, -2, -1, 0, 1, 2, 3):
        value = Metric("pitch", MEDIAN + sigmas * SPREAD, "deg")
        assert {v.outcome for v in evaluate({"pitch": value}, rules)} <= {Outcome.PASS}, (name, sigmas)


@pytest.mark.parametrize("name", STANDARDS)
@pytest.mark.parametrize("value", [-90.0, -40.0, 60.0, 90.0])
def test_no_position_of_the_chin_fails(name: str, value: float) -> None:
    """However far: it is advice."""
    rules = {n: rule for n, rule in load_standard(name).rules.items() if rule.metric == "pitch"}
    assert {v.outcome for v in evaluate({"pitch": Metric("pitch", value, "deg")}, rules)} <= {Outcome.UNSURE}


def hints_for_pitch(pitch: float, seconds: float = 20.0) -> tuple[list[str], int, int]:
    """The hints in turn, the number of frames until ready, and of frames that were not ready afterwards."""
    chance, coach = random.Random(7), Coach(RULES)
    said: list[str] = []
    first, lost = 0, 0
    for frame in range(round(seconds / FRAME_S)):
        values = {rule.metric: good_value(rule) for rule in RULES.values()}
        values["pitch"] = pitch + chance.gauss(0, 1.25)
        metrics = {name: Metric(name, value, "") for name, value in values.items()}
        advice = coach.advise(evaluate(metrics, RULES), frame * FRAME_S)
        said += [advice.hint] if not said or said[-1] != advice.hint else []
        if advice.ready and not first:
            first = frame
        lost += bool(first) and not advice.ready
    return said, first, lost


@pytest.mark.parametrize("sigmas", [-2, -1, 0, 1, 2])
def test_a_neutral_sitter_gets_no_hint_about_the_chin_and_is_ready_at_once(sigmas: int) -> None:
    said, first, lost = hints_for_pitch(MEDIAN + sigmas * SPREAD)
    assert "hint.chin_down" not in said
    assert "hint.chin_up" not in said
    assert said[-1] == HOLD_STILL
    assert 0 < first * FRAME_S < 2
    assert lost == 0


@pytest.mark.parametrize(("pitch", "hint"), [(-45.0, "hint.chin_up"), (60.0, "hint.chin_down")])
def test_a_raised_or_lowered_chin_gets_one_hint_and_does_not_block(pitch: float, hint: str) -> None:
    said, first, lost = hints_for_pitch(pitch)
    assert said.count(hint) == 1
    assert said[-1] == HOLD_STILL
    assert first > 0
    assert lost == 0


def test_the_number_has_its_reason_next_to_it() -> None:
    rule = load_standard("chsi").rules["pitch"]
    assert rule.advice
    assert "102 correct neutral studio faces" in (rule.rationale or "")
