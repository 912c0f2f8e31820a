from __future__ import annotations

import numpy as np
import pytest

from kiosk.guidance.studio.light_units import (
    colour_temperature,
    light_loss_percent,
    move_distance,
    suggested_kelvin,
    white_balance_gains,
)


def test_a_lamp_at_seven_tenths_of_the_distance_gives_a_stop_more() -> None:
    assert move_distance(1.0, 2.0) == 60  # 2 m / sqrt(2) is 1.41 m
    assert move_distance(-1.0, 2.0) == move_distance(1.0, 2.0)
    assert move_distance(0.01, 2.0) == 5  # never "move it by nothing"


def test_a_stop_is_half_the_light() -> None:
    assert light_loss_percent(1.0) == light_loss_percent(-1.0) == 50
    assert light_loss_percent(0.32) == 20


def test_the_white_of_srgb_looks_like_daylight() -> None:
    assert colour_temperature(np.ones(3, np.float32)) == pytest.approx(6504, abs=30)


def test_a_warm_picture_needs_fewer_kelvin_and_a_cold_one_more() -> None:
    warm, cold = np.array([1.2, 1.0, 0.75], np.float32), np.array([0.85, 1.0, 1.2], np.float32)
    assert suggested_kelvin(warm, 5500) < 5500 < suggested_kelvin(cold, 5500)
    assert suggested_kelvin(np.ones(3, np.float32), 5500) == pytest.approx(5500, abs=50)


def test_gains_undo_a_cast() -> None:
    assert white_balance_gains(np.array([0.5, 0.4, 0.2], np.float32)) == pytest.approx((0.8, 2.0))
