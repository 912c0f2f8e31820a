"""A photo engine that crashes or hangs costs one shot; one that is only slow costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from config.standards.registry import load_standard
from kiosk.capture.storage import StoredFile
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.coaching.best_shot import ShotQuality
from kiosk.workers.engine_process import MAX_CRASHES, EngineProcess
from kiosk.workers.engine_watchdog import EngineLimits, EngineWatchdog
from tests.kiosk.visit.engine_doubles import initialize_double
from tests.waiting import future_result

pytestmark = pytest.mark.process

# Starting the process is part of its first job: some seconds of processor time on a busy machine.
LIMITS = EngineLimits(min_cpu_time=12.0, load_time_factor=0.0, max_idle_time=10.0)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    process = EngineProcess(tmp_path, tmp_path / "key", LIMITS, initialize_double)
    yield process
    process.close()


def shot(name: str) -> StoredFile:
    return StoredFile(Path(name), "a.jpg", 1, name)


def assess(engine: EngineProcess, name: str) -> Future[ShotQuality]:
    return engine.assess(shot(name), load_standard("chsi"))


def is_engine_stopped(future: Future[ShotQuality]) -> bool:
    with pytest.raises(PhotoProblem) as problem:
        future_result(future)
    return problem.value.key == "photo.engine_stopped"


@pytest.mark.parametrize("how", ["crashes", "waits", "circles"])
def test_the_current_shot_fails_and_those_behind_it_are_assessed(engine: EngineProcess, how: str) -> None:
    bad, *others = (assess(engine, name) for name in (how, "good", "better"))
    assert engine.is_busy
    assert is_engine_stopped(bad)
    assert [future_result(other) for other in others] == [ShotQuality(())] * 2
    assert not engine.is_busy


def test_a_shot_that_stops_the_engine_repeatedly_is_refused(engine: EngineProcess) -> None:
    for _ in range(MAX_CRASHES):
        assert is_engine_stopped(assess(engine, "crashes"))
    refused = assess(engine, "crashes")
    assert refused.done(), "without another try"
    assert is_engine_stopped(refused)
    assert future_result(assess(engine, "good")) == ShotQuality(())


# ---------------------------------------------------------------------- slow or hung


def test_a_process_that_runs_seldom_is_slow_and_not_ended() -> None:
    """At load 30 on two cores a process gets a fifteenth of a core: a portrait of 3 s of processor time takes 45 s."""
    watch = EngineWatchdog(EngineLimits())
    for second in range(600):
        assert watch.hang_reason("job", 1, second / 15, float(second)) == ""


def test_a_process_that_does_not_run_is_ended() -> None:
    watch = EngineWatchdog(EngineLimits())
    assert watch.hang_reason("job", 1, 5.0, 0.0) == ""
    assert watch.hang_reason("job", 1, 5.04, 60.0) == ""
    assert "has not run" in watch.hang_reason("job", 1, 5.04, 60.1)


def test_a_process_in_an_endless_loop_is_ended_by_its_processor_time() -> None:
    watch = EngineWatchdog(EngineLimits())
    assert watch.hang_reason("job", 1, 100.0, 0.0) == ""
    assert watch.hang_reason("job", 1, 160.0, 50.0) == ""
    assert "processor time" in watch.hang_reason("job", 1, 160.1, 50.0)
    assert watch.hang_reason("the next job", 1, 160.1, 51.0) == "", "the limit applies to each job"


def test_a_slow_processor_has_more_time() -> None:
    watch = EngineWatchdog(EngineLimits())
    watch.load_time = 30.0
    assert watch.hang_reason("job", 1, 0.0, 0.0) == ""
    assert watch.hang_reason("job", 1, 600.0, 700.0) == ""
    assert watch.hang_reason("job", 1, 601.0, 701.0) != ""


def test_no_job_runs_longer_than_the_maximum() -> None:
    watch = EngineWatchdog(EngineLimits(min_cpu_time=1e9))
    assert all(watch.hang_reason("job", 1, t, float(t)) == "" for t in range(0, 1801, 10))
    assert watch.hang_reason("job", 1, 1810, 1810.0) != ""


def test_idle_time_does_not_affect_the_next_job() -> None:
    watch = EngineWatchdog(EngineLimits())
    assert watch.hang_reason("job", 1, 1.0, 0.0) == ""
    watch.reset()
    assert watch.hang_reason("job", 1, 1.0, 3600.0) == ""


def test_loading_may_take_any_processor_time_but_must_run() -> None:
    """The first start compiles code; its duration is no measure for a shot."""
    watchdog = EngineWatchdog(EngineLimits(min_cpu_time=60.0, max_idle_time=60.0, max_wall_time=1800.0))
    assert watchdog.hang_reason("load", 1, 0.0, 0.0, loading=True) == ""
    assert watchdog.hang_reason("load", 1, 500.0, 590.0, loading=True) == ""
    assert "has not run" in watchdog.hang_reason("load", 1, 500.0, 651.0, loading=True)
    assert watchdog.hang_reason("shot", 1, 500.0, 700.0) == ""
    assert "on one shot" in watchdog.hang_reason("shot", 1, 561.0, 761.0)
