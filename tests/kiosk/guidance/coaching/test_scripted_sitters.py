"""Every fault is corrected only after its hint; it takes a limited time, and no two hints alternate."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.guidance.coaching.coach import Coach
from kiosk.guidance.coaching.hints import HintRule
from kiosk.guidance.coaching.timing import CoachTiming
from tests.kiosk.guidance.scripted_sitters import (
    FRAME_S,
    LIMIT_S,
    RULES,
    SCRIPTS,
    Sitter,
    bad_value,
    distinct_hints,
    has_alternating_hints,
    play,
    verdicts_at,
)

FIXABLE = tuple(fault for fault in SCRIPTS if not fault.operator_hint and not RULES[fault.rule].advice)
DISJOINT_PAIRS = tuple(
    pair for pair in itertools.combinations(FIXABLE, 2) if RULES[pair[0].rule] != RULES[pair[1].rule]
)


def case_id(fault: HintRule) -> str:
    return f"{fault.rule}-{fault.side or 'unseen'}"


@pytest.mark.parametrize("fault", SCRIPTS, ids=case_id)
def test_each_fault_is_corrected_within_eight_seconds(fault: HintRule) -> None:
    for seed in range(3):
        played = play(Sitter((fault,)), seed)
        assert played.unmentioned == ()
        assert played.seconds is not None
        assert played.seconds <= LIMIT_S
        assert set(distinct_hints(played.hints)) <= {fault.hint, "hint.keep_still"}


@pytest.mark.parametrize("fault", FIXABLE, ids=case_id)
def test_a_sitter_who_ignores_hints_is_never_ready(fault: HintRule) -> None:
    """Control: the hint and not the time causes the correction."""
    assert play(Sitter((fault,), ignores_hints=True), longest=10.0).seconds is None


@pytest.mark.parametrize("fault", [fault for fault in SCRIPTS if RULES[fault.rule].advice], ids=case_id)
def test_advice_delays_nobody(fault: HintRule) -> None:
    played = play(Sitter((fault,), ignores_hints=True))
    assert played.seconds is not None
    assert played.seconds <= LIMIT_S
    assert (fault.operator_hint or fault.hint) in (played.operator_hints if fault.operator_hint else played.hints)


def test_faults_together_are_corrected_one_by_one() -> None:
    rng = random.Random(1)
    for faults in (*rng.sample(DISJOINT_PAIRS, 25), *(three for three in triples(rng, 15))):
        played = play(Sitter(faults), seed=1)
        assert played.unmentioned == (), faults
        assert played.seconds is not None, faults
        assert not has_alternating_hints([hint for hint in played.hints if hint != "hint.keep_still"]), played


def triples(rng: random.Random, count: int) -> list[tuple[HintRule, ...]]:
    found: list[tuple[HintRule, ...]] = []
    while len(found) < count:
        three = tuple(rng.sample(SCRIPTS, 3))
        if len({RULES[fault.rule].metric for fault in three}) == 3:
            found.append(three)
    return found


Wavering = tuple[HintRule, float, float, float]
NEAR_A_BOUND = tuple(fault for fault in SCRIPTS if fault.side and RULES[fault.rule].tolerance)
wavering = st.tuples(
    st.sampled_from(NEAR_A_BOUND),
    st.floats(-2, 3),  # the metric's distance from the bound, in tolerances
    st.floats(0, 0.9),  # the share of the noise that stays from frame to frame
    st.floats(0, 0.5),  # the noise, in tolerances: a tolerance is two standard deviations of the metric
)


@settings(max_examples=60, deadline=None)
@given(st.lists(wavering, min_size=1, max_size=3, unique_by=lambda w: RULES[w[0].rule].metric), st.integers(0, 999))
def test_noise_never_makes_two_hints_alternate(wrong: list[Wavering], seed: int) -> None:
    hints = hints_for(wrong, seed, Coach(RULES))
    assert not has_alternating_hints(hints), distinct_hints(hints)


def hints_for(wrong: list[Wavering], seed: int, coach: Coach) -> list[str]:
    """Return the hints within twelve seconds for metrics that vary around a bound."""
    rng, hints = random.Random(seed), []
    drift = dict.fromkeys((fault for fault, *_ in wrong), 0.0)
    for frame in range(360):
        values: dict[str, float | None] = {}
        for fault, beyond, correlation, spread in wrong:
            drift[fault] = correlation * drift[fault] + (1 - correlation**2) ** 0.5 * rng.gauss(0, spread)
            values[RULES[fault.rule].metric] = bad_value(fault, beyond + drift[fault])
        # The other metrics are far from their bounds in every frame: a few seeds of their noise are enough.
        hints.append(coach.advise(verdicts_at(frame, seed % 4, values), frame * FRAME_S).hint)
    return hints


def test_alternating_hints_are_detected() -> None:
    assert has_alternating_hints(
        ["hint.look", "hint.closer", "hint.hold", "hint.back", "hint.closer.again", "hint.back"]
    )
    assert not has_alternating_hints(
        ["hint.closer", "hint.closer.again", "hint.hold", "hint.closer", "hint.back", "hint.closer"]
    )


def test_a_coach_without_timeouts_would_alternate() -> None:
    """Control: the same noise, and a coach that shows the fault of each frame immediately."""
    no_timeouts = CoachTiming(debounce=0, debounce_slow=0, release=0, unsure_timeout=0, min_on_screen=0)
    chin, turn = (next(fault for fault in SCRIPTS if fault.rule == rule) for rule in ("pitch", "yaw"))
    wavers = [(chin, 1.0, 0.5, 1.0), (turn, 1.0, 0.5, 1.0)]
    assert has_alternating_hints(hints_for(wavers, 1, Coach(RULES, no_timeouts)))
    assert not has_alternating_hints(hints_for(wavers, 1, Coach(RULES)))
