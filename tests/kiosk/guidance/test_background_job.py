"""Background jobs: their start, the use of their result, and that no frame waits long for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from kiosk.guidance.background_job import LAG_S, MAX_AGE_S, PERIOD_S, BackgroundJob
from tests.waiting import scale_timeout

FRAME_S = 1 / 30


@pytest.fixture
def lane() -> Iterator[BackgroundJob[float]]:
    lane: BackgroundJob[float] = BackgroundJob("test")
    yield lane
    lane.close()


def returning(value: float) -> Callable[[], float]:
    return lambda: value


def play(lane: BackgroundJob[float], frames: int, first: int = 0) -> list[tuple[float, float] | None]:
    """The answers at `frames` frames; each job gives the time at which it was begun."""
    return [lane.latest_result(k * FRAME_S, returning(k * FRAME_S)) for k in range(first, first + frames)]


def test_a_result_is_used_from_the_same_frame_on_however_fast_the_machine(lane: BackgroundJob[float]) -> None:
    answers = play(lane, 30)
    first = next(k for k, answer in enumerate(answers) if answer is not None)
    assert first * FRAME_S == pytest.approx(LAG_S, abs=FRAME_S)
    for number, answer in enumerate(answers[first:], first):
        assert answer is not None
        begun, age = answer
        assert begun + age == pytest.approx(number * FRAME_S)
        assert LAG_S - FRAME_S <= age <= PERIOD_S + LAG_S + 2 * FRAME_S


def test_three_jobs_a_second(lane: BackgroundJob[float]) -> None:
    begun = {answer[0] for answer in play(lane, 90) if answer is not None}
    assert 8 <= len(begun) <= 10


def test_a_job_that_hangs_delays_no_frame_for_long_and_its_result_comes_later(lane: BackgroundJob[float]) -> None:
    may_end = threading.Event()

    def slow() -> float:
        return float(may_end.wait(timeout=scale_timeout(20)))

    assert lane.latest_result(0.0, slow) is None
    assert lane.latest_result(0.2, returning(7)) is None  # not ready: still answered, and no second job started
    may_end.set()
    answer = None
    for k in range(100):
        answer = answer or lane.latest_result(0.3 + k / 1000, returning(7))
    assert answer is not None
    assert answer[0] == 1.0


def test_what_is_stale_is_not_used(lane: BackgroundJob[float]) -> None:
    play(lane, 10)
    assert lane.latest_result(10 * FRAME_S + MAX_AGE_S + PERIOD_S, returning(1)) is None


def test_after_a_reset_nothing_of_before_is_used_not_even_what_was_under_way(lane: BackgroundJob[float]) -> None:
    assert play(lane, 10)[-1] is not None
    lane.latest_result(11 * FRAME_S, returning(-1))
    lane.reset()
    later = [answer for answer in play(lane, 20, first=12) if answer is not None]
    assert later
    assert all(begun >= 12 * FRAME_S for begun, _ in later)


def test_a_job_that_fails_is_reported_and_the_next_one_continues(lane: BackgroundJob[float]) -> None:
    def broken() -> float:
        raise RuntimeError("the net is gone")

    lane.latest_result(0.0, broken)
    with pytest.raises(RuntimeError, match="the net is gone"):
        lane.latest_result(0.2, returning(3))
    assert lane.latest_result(0.3, returning(3)) is None
    assert lane.latest_result(0.5, returning(4)) == (3, pytest.approx(0.2))
