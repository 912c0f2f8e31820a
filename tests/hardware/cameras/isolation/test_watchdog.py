"""The time that a camera process may be silent depends on its phase."""

from __future__ import annotations

import pytest

from hardware.cameras.api import ShotProgress
from hardware.cameras.isolation.shared_memory import Phase
from hardware.cameras.isolation.watchdog import Watchdog
from hardware.cameras.timeouts import Timeouts

TIMEOUTS = Timeouts(heartbeat=4.0, open=40.0, reopen=3.5)


@pytest.fixture
def watchdog() -> Watchdog:
    watchdog = Watchdog(TIMEOUTS)
    watchdog.on_open_attempt(100.0)
    return watchdog


def opening(watchdog: Watchdog, silence: float) -> bool:
    return watchdog.is_hung(silence, Phase.OPENING)


def test_a_first_opening_may_be_long(watchdog: Watchdog) -> None:
    assert not opening(watchdog, 39.0)
    assert opening(watchdog, 41.0)


@pytest.mark.parametrize(("duration", "allowed"), [(0.5, 3.5), (3.0, 9.0), (30.0, 40.0)])
def test_a_camera_that_was_open_before_opens_about_as_fast(watchdog: Watchdog, duration: float, allowed: float) -> None:
    watchdog.on_opened(100.0 + duration)
    assert not opening(watchdog, allowed - 0.1)
    assert opening(watchdog, allowed + 0.1)


def test_a_camera_that_is_slower_than_before_gets_the_full_time_in_the_end(watchdog: Watchdog) -> None:
    watchdog.on_opened(100.5)
    allowed = []
    for _ in range(8):
        allowed.append(not opening(watchdog, 10.0))
        if allowed[-1]:
            assert opening(watchdog, 41.0)
    assert allowed == [False, False, False, True] * 2
    watchdog.on_opened(130.0)
    assert not opening(watchdog, 39.0), "the timeout depends on the last opening, which was slow"


def test_a_transfer_of_a_shot_on_the_body_has_its_own_timeout(watchdog: Watchdog) -> None:
    assert watchdog.is_hung(5.0, Phase.VIEWING)
    watchdog.on_progress(ShotProgress("transfer", 12.0))
    assert not watchdog.is_hung(5.0, Phase.VIEWING)
    assert watchdog.is_hung(13.0, Phase.VIEWING)
    watchdog.on_progress(None)
    assert watchdog.is_hung(5.0, Phase.VIEWING)


def test_a_shot_has_only_its_own_deadline(watchdog: Watchdog) -> None:
    assert not watchdog.is_hung(3600.0, Phase.SHOOTING)
