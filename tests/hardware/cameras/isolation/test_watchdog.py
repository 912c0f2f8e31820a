"""How long a camera process may be silent depends on what it is about."""

from __future__ import annotations

import pytest

from hardware.cameras.api import ShotProgress
from hardware.cameras.isolation.shared_memory import Phase
from hardware.cameras.isolation.watchdog import Watchdog
from hardware.cameras.timeouts import Timeouts

TIMEOUTS = Timeouts(heartbeat=4.0, open=40.0, reopen=3.5)


@pytest.fixture
def dog() -> Watchdog:
    made = Watchdog(TIMEOUTS)
    made.on_open_attempt(100.0)
    return made


def opening(dog: Watchdog, silence: float) -> bool:
    return dog.is_hung(silence, Phase.OPENING)


def test_a_first_opening_may_be_long(dog: Watchdog) -> None:
    assert not opening(dog, 39.0)
    assert opening(dog, 41.0)


@pytest.mark.parametrize(("took", "allowed"), [(0.5, 3.5), (3.0, 9.0), (30.0, 40.0)])
def test_a_camera_that_was_open_before_opens_about_as_fast(dog: Watchdog, took: float, allowed: float) -> None:
    dog.on_opened(100.0 + took)
    assert not opening(dog, allowed - 0.1)
    assert opening(dog, allowed + 0.1)


def test_one_that_is_slower_today_gets_all_the_time_in_the_end(dog: Watchdog) -> None:
    dog.on_opened(100.5)
    patient = []
    for _ in range(8):
        patient.append(not opening(dog, 10.0))
        if patient[-1]:
            assert opening(dog, 41.0)
    assert patient == [False, False, False, True] * 2
    dog.on_opened(130.0)
    assert not opening(dog, 39.0), "and from then on it is known to be slow"


def test_a_transfer_of_a_shot_on_the_body_has_its_own_timeout(dog: Watchdog) -> None:
    assert dog.is_hung(5.0, Phase.VIEWING)
    dog.on_progress(ShotProgress("transfer", 12.0))
    assert not dog.is_hung(5.0, Phase.VIEWING)
    assert dog.is_hung(13.0, Phase.VIEWING)
    dog.on_progress(None)
    assert dog.is_hung(5.0, Phase.VIEWING)


def test_of_a_shot_its_own_deadline_decides(dog: Watchdog) -> None:
    assert not dog.is_hung(3600.0, Phase.SHOOTING)
