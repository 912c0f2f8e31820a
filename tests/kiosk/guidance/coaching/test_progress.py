"""The distance of a value from its band, and what counts as progress."""

from __future__ import annotations

import pytest

from kiosk.guidance.coaching.progress import Progress, distance
from kiosk.guidance.verdict import Outcome, Verdict


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (None, -1.0, 1.0, None),
        (0.5, -1.0, 1.0, 0.0),
        (3.0, -1.0, 1.0, 2.0),
        (-4.0, -1.0, 1.0, 3.0),
        (1.25, None, 1.0, 0.25),
        (0.5, None, 1.0, 0.0),
        (-1.25, -1.0, None, 0.25),
        (0.5, -1.0, None, 0.0),
    ],
)
def test_the_distance_is_from_the_nearer_bound(
    value: float | None, low: float | None, high: float | None, expected: float | None
) -> None:
    assert distance(Verdict("yaw", Outcome.PASS, value, "deg", low, high)) == expected


@pytest.mark.parametrize(("nearer", "improved"), [(8.5, 5.0), (8.6, 0.0)])
def test_15_percent_of_the_first_distance_is_progress(nearer: float, improved: float) -> None:
    progress = Progress()
    progress.update("hint", 10.0, 0.0, 0.0)
    progress.update("hint", nearer, 0.0, 5.0)
    assert progress.improved_at == improved


def test_each_step_is_measured_from_the_best_so_far() -> None:
    progress = Progress()
    for now, distance_now in enumerate((10.0, 8.0, 9.5, 7.0)):
        progress.update("hint", distance_now, 0.0, float(now))
    assert progress.improved_at == 1.0, "from 8 to 7 is less than 15 % of 10"
    progress.update("hint", 6.5, 0.0, 9.0)
    assert progress.improved_at == 9.0


def test_another_hint_and_a_first_value_start_again() -> None:
    progress = Progress()
    progress.update("hint", None, 0.0, 1.0)
    progress.update("hint", 10.0, 0.0, 2.0)
    assert progress.improved_at == 1.0, "a first value is no progress"
    progress.update("hint", 8.0, 0.0, 3.0)
    assert progress.improved_at == 3.0
    progress.update("other", 10.0, 0.0, 4.0)
    assert (progress.improved_at, progress.best_distance) == (4.0, 10.0)
