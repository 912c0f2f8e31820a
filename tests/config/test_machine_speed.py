"""Limits that follow the machine."""

from __future__ import annotations

import pytest

from config import machine_speed
from config.machine_speed import MAX_FACTOR, MIN_FACTOR, scale_timeout


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    values = {"load": 0.0, "slowness": 1.0, "cores": 2}
    monkeypatch.setattr(machine_speed.os, "getloadavg", lambda: (values["load"], 0.0, 0.0))
    monkeypatch.setattr(machine_speed, "slowness", lambda: values["slowness"])
    monkeypatch.setattr(machine_speed, "cores", lambda: values["cores"])
    return values


@pytest.mark.parametrize(
    ("load", "slowness", "cores", "seconds"),
    [
        (0.0, 1.0, 2, 10 * MIN_FACTOR),  # idle: long enough for a burst of load
        (28.0, 1.0, 2, 150),  # as when students were kept for 180 s
        (28.0, 1.0, 14, 10 * MIN_FACTOR),
        (2.0, 3.0, 2, 60),  # a slow processor, and a program on each core
        (2000.0, 1.0, 1, 10 * MAX_FACTOR),
    ],
)
def test_a_limit_grows_with_the_load_per_core_and_with_a_slow_processor(
    machine: dict[str, float], load: float, slowness: float, cores: int, seconds: float
) -> None:
    machine.update(load=load, slowness=slowness, cores=cores)
    assert scale_timeout(10.0) == pytest.approx(seconds)


def test_this_machine_is_measured_once() -> None:
    assert machine_speed.slowness() == machine_speed.slowness() >= 1.0
    assert machine_speed.cores() >= 1
