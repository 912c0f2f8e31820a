from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from config.two_threads import run_both, run_halves


def test_both_run_at_the_same_time_and_return_their_results() -> None:
    met = threading.Barrier(2, timeout=60)  # reached only if both run at once

    def meet(result: str) -> str:
        met.wait()
        return result

    assert run_both(lambda: meet("here"), lambda: meet("there")) == ("here", "there")


def test_an_error_is_raised_after_both_have_ended() -> None:
    has_begun, has_failed, ended = threading.Event(), threading.Event(), threading.Event()

    def fail() -> None:
        has_begun.wait(60)
        has_failed.set()
        raise ValueError("here")

    def work() -> None:
        has_begun.set()
        has_failed.wait(60)
        ended.set()

    with pytest.raises(ValueError, match="here"):
        run_both(fail, work)
    assert ended.is_set()


def test_an_error_in_the_other_thread_is_raised() -> None:
    def fail() -> None:
        raise ValueError("there")

    with pytest.raises(ValueError, match="there"):
        run_both(lambda: None, fail)


def test_calls_nested_deeper_than_there_are_threads_return_their_results() -> None:
    def count(depth: int) -> int:
        return sum(run_both(lambda: count(depth - 1), lambda: count(depth - 1))) if depth else 1

    assert count(8) == 2**8


@pytest.mark.process
def test_a_forked_process_without_the_threads_returns_the_results() -> None:
    run_both(lambda: None, lambda: None)  # starts a thread, which the fork does not copy
    child = os.fork()
    if not child:
        results = [run_both(lambda: 1, lambda: 2) for _ in range(20)]
        os._exit(0 if results == [(1, 2)] * 20 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("rows", [0, 1, 2, 31, 64, 65, 640])
def test_halves_cover_every_row_once(rows: int) -> None:
    covered = np.zeros(rows, int)

    def work(half: slice) -> None:
        covered[half] += 1

    run_halves(rows, work)
    assert (covered == 1).all()
