"""A process that other programs keep from running does not count as hung."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from hardware.cameras.api import CameraProblem
from hardware.cameras.isolation.pending_shot import ShotDispatcher
from hardware.cameras.timeouts import Timeouts
from hardware.child_process import cpu_wait_seconds
from tests.waiting import eventually

SPIN = "while True: pass"


@pytest.fixture
def busy_processes() -> Iterator[list[int]]:
    """The ids of three busy processes on the same core."""
    core = min(os.sched_getaffinity(0))
    with ExitStack() as ending:
        pids = []
        for _ in range(3):
            process = subprocess.Popen([sys.executable, "-c", SPIN])
            ending.callback(process.wait)
            ending.callback(process.kill)
            os.sched_setaffinity(process.pid, {core})
            pids.append(process.pid)
        yield pids


@pytest.mark.process
def test_the_processor_wait_of_a_process_is_measured(busy_processes: list[int]) -> None:
    eventually(lambda: all(cpu_wait_seconds(pid) > 0.2 for pid in busy_processes))


@pytest.mark.process
def test_an_idle_process_does_not_wait_for_the_processor() -> None:
    idle = subprocess.Popen(
        [sys.executable, "-c", "import sys; print(1, flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert idle.stdout is not None
        idle.stdout.readline()
        eventually(lambda: _state(idle.pid) == "S")
        before = cpu_wait_seconds(idle.pid)
        os.sched_yield()
        assert cpu_wait_seconds(idle.pid) == before
    finally:
        idle.kill()
        idle.communicate()


def _state(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


def test_an_ended_process_has_no_wait() -> None:
    assert cpu_wait_seconds(2**22 + 1) == 0.0


def test_a_shot_has_extra_time_if_its_process_was_kept_from_running() -> None:
    dispatcher = ShotDispatcher(late_timeout=5.0, on_late=lambda shot: None)
    dispatcher.open()
    shot = dispatcher.request_shot(10.0, now=100.0)
    dispatcher.extend_deadline(30.0)
    assert not dispatcher.check_deadline(139.9)
    assert not shot.done()
    assert not dispatcher.check_deadline(140.0)
    assert isinstance(shot.exception(0), CameraProblem)
    assert dispatcher.check_deadline(145.0), "after `late_timeout` as well, the camera counts as hung"


def test_the_timeouts_of_computations_are_longer_on_a_slower_processor() -> None:
    timeouts = Timeouts(heartbeat=4.0, open=40.0, shot=20.0, retry=1.0).scaled_by(2.5)
    assert (timeouts.heartbeat, timeouts.open, timeouts.shot) == (10.0, 100.0, 50.0)
    assert timeouts.retry == 1.0, "nothing is computed there"
