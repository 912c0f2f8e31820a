"""Background jobs: their start, the use of their result, and that no frame waits long for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from kiosk.guidance.background_job import LAG_S, MAX_AGE_S, PERIOD_S, BackgroundJob
from tests.waiting import scale_timeout

FRAME_S = 1 / 30


@pytest.fixture
def job() -> Iterator[BackgroundJob[float]]:
    job: BackgroundJob[float] = BackgroundJob("test")
    yield job
    job.close()


def returning(value: float) -> Callable[[], float]:
    return lambda: value


def play(job: BackgroundJob[float], frames: int, first: int = 0) -> list[tuple[float, float] | None]:
    """Return the results at `frames` frames; each job returns the time of its start."""
    return [job.latest_result(k * FRAME_S, returning(k * FRAME_S)) for k in range(first, first + frames)]


def test_a_result_is_used_from_the_same_frame_on_any_machine(job: BackgroundJob[float]) -> None:
    results = play(job, 30)
    first = next(k for k, result in enumerate(results) if result is not None)
    assert first * FRAME_S == pytest.approx(LAG_S, abs=FRAME_S)
    for number, result in enumerate(results[first:], first):
        assert result is not None
        started_at, age = result
        assert started_at + age == pytest.approx(number * FRAME_S)
        assert LAG_S - FRAME_S <= age <= PERIOD_S + LAG_S + 2 * FRAME_S


def test_three_jobs_a_second(job: BackgroundJob[float]) -> None:
    starts = {result[0] for result in play(job, 90) if result is not None}
    assert 8 <= len(starts) <= 10


def test_a_job_that_hangs_delays_no_frame_for_long_and_its_result_comes_later(job: BackgroundJob[float]) -> None:
    may_end = threading.Event()

    def slow() -> float:
        return float(may_end.wait(timeout=scale_timeout(20)))

    assert job.latest_result(0.0, slow) is None
    assert job.latest_result(0.2, returning(7)) is None  # not ready: returns without it, and starts no second job
    may_end.set()
    result = None
    for k in range(100):
        result = result or job.latest_result(0.3 + k / 1000, returning(7))
    assert result is not None
    assert result[0] == 1.0


def test_a_stale_result_is_not_used(job: BackgroundJob[float]) -> None:
    play(job, 10)
    assert job.latest_result(10 * FRAME_S + MAX_AGE_S + PERIOD_S, returning(1)) is None


def test_after_a_reset_no_earlier_result_is_used_not_even_of_a_running_job(job: BackgroundJob[float]) -> None:
    assert play(job, 10)[-1] is not None
    job.latest_result(11 * FRAME_S, returning(-1))
    job.reset()
    later = [result for result in play(job, 20, first=12) if result is not None]
    assert later
    assert all(started_at >= 12 * FRAME_S for started_at, _ in later)


def test_a_job_that_fails_is_reported_and_the_next_one_continues(job: BackgroundJob[float]) -> None:
    def broken() -> float:
        raise RuntimeError("the net is gone")

    job.latest_result(0.0, broken)
    with pytest.raises(RuntimeError, match="the net is gone"):
        job.latest_result(0.2, returning(3))
    assert job.latest_result(0.3, returning(3)) is None
    assert job.latest_result(0.5, returning(4)) == (3, pytest.approx(0.2))
