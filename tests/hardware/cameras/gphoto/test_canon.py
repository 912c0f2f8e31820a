"""The same driver with a Canon EOS: a half press focuses, events are polled, refusals are busy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.hardware.cameras.gphoto.conftest import SIZE, Open
from tests.hardware.cameras.gphoto.helpers import number_of, number_on, poll_until, reason_of, shots_in, size_of

QUICK = ("[timeouts]", "mirror_settle = 0", "busy_retry = 0.4", "live_view = 0.4")


@pytest.fixture(scope="module")
def eos() -> Iterator[SimulatedDslr]:
    with SimulatedDslr("--dialect", "eos", "--size", "600x400", "--delay", "0.01") as body:
        yield body


@pytest.fixture
def canon(eos: SimulatedDslr) -> SimulatedDslr:
    eos.reset()
    return eos


def test_frames_and_shots_follow_each_other(canon: SimulatedDslr, opened: Open) -> None:
    camera = opened(canon, *QUICK)
    first, second = camera.shoot(), camera.shoot()
    assert size_of(first) == size_of(second) == SIZE
    assert number_of(second) == number_of(first) + 1
    before = number_on(camera.frame())
    assert number_on(camera.frame()) > before


def test_the_shutter_on_the_body_is_received(canon: SimulatedDslr, opened: Open) -> None:
    camera = opened(canon, *QUICK)
    canon.send_command("shutter")
    assert size_of(shots_in(poll_until(camera, shots_in))[0]) == SIZE


@pytest.mark.parametrize(
    ("command", "reason", "repair"),
    [
        ("card full", "card_full", "card 100"),
        ("card out", "no_card", "card in"),
        ("fault out_of_focus 9", "out_of_focus", "heal"),
        ("fault busy 99", "busy", "heal"),
        ("battery 3", "battery_empty", "battery 80"),
        ("fault empty", "unreadable", "heal"),
    ],
)
def test_a_shot_fails_with_its_reason(
    canon: SimulatedDslr, opened: Open, command: str, reason: str, repair: str
) -> None:
    camera = opened(canon, *QUICK)
    canon.send_command(command)
    assert reason_of(camera.shoot) == reason
    canon.send_command(repair)
    assert size_of(camera.shoot()) == SIZE


def test_a_cable_pulled_during_the_transfer_is_lost(canon: SimulatedDslr, opened: Open) -> None:
    camera = opened(canon, *QUICK)
    canon.send_command("fault cut 9000")
    assert reason_of(camera.shoot) == "lost"
    camera.close()
    assert size_of(opened(canon, *QUICK).shoot()) == SIZE
