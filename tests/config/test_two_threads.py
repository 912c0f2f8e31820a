from __future__ import annotations

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
    begin, ended = threading.Event(), threading.Event()

    def fail() -> None:
        begin.set()
        raise ValueError("here")

    def work() -> None:
        begin.wait(60)
        ended.set()

    with pytest.raises(ValueError, match="here"):
        run_both(fail, work)
    assert ended.is_set()


def test_an_error_in_the_other_thread_is_raised() -> None:
    def fail() -> None:
        raise ValueError("there")

    with pytest.raises(ValueError, match="there"):
        run_both(lambda: None, fail)


@pytest.mark.parametrize("rows", [0, 1, 2, 31, 64, 65, 640])
def test_halves_cover_every_row_once(rows: int) -> None:
    covered = np.zeros(rows, int)

    def work(half: slice) -> None:
        covered[half] += 1

    run_halves(rows, work)
    assert (covered == 1).all()
