from __future__ import annotations

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.lights.balance import MAX_STEP_STOPS, MIN_LEVEL, balance

LEVELS = st.floats(MIN_LEVEL, 1.0)


def balance_once(levels: dict[str, float], stops: float) -> tuple[dict[str, float], float]:
    """Return the levels after one step, and the number of stops by which it reduced the difference."""
    after = balance(stops, levels, "left", "right")
    return after, log2(after["left"] / levels["left"]) + log2(levels["right"] / after["right"])


def test_each_of_the_two_lamps_changes_by_half_and_the_others_stay() -> None:
    after = balance(0.5, {"left": 0.5, "right": 0.5, "backdrop": 0.3}, "left", "right")
    assert after == pytest.approx({"left": 0.5 * 2**0.25, "right": 0.5 * 2**-0.25, "backdrop": 0.3})


def test_one_lamp_compensates_for_the_limit_of_the_other() -> None:
    full, by = balance_once({"left": 1.0, "right": 1.0}, 0.6)
    assert full["left"] == 1.0
    assert by == pytest.approx(0.6)
    faint, by = balance_once({"left": 0.3, "right": MIN_LEVEL}, 0.6)
    assert faint["right"] == MIN_LEVEL
    assert by == pytest.approx(0.6)


def test_if_both_lamps_are_at_their_limits_nothing_changes() -> None:
    assert balance_once({"left": 1.0, "right": MIN_LEVEL}, 0.6)[0] == {"left": 1.0, "right": MIN_LEVEL}
    off = {"left": 0.0, "right": 0.0}
    assert balance(0.6, off, "left", "right") == off, "a lamp that is off stays off"


@given(LEVELS, LEVELS, st.floats(0, 4))
def test_never_out_of_bounds_never_the_wrong_way_never_too_far(left: float, right: float, stops: float) -> None:
    after, by = balance_once({"left": left, "right": right}, stops)
    assert left - 1e-9 <= after["left"] <= 1.0, "a level above 1 is impossible"
    assert MIN_LEVEL - 1e-9 <= after["right"] <= right + 1e-9
    room = log2(1.0 / left) + log2(right / MIN_LEVEL)
    assert by == pytest.approx(min(stops, MAX_STEP_STOPS, room), abs=1e-6)
