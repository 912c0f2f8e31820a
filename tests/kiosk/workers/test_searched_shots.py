from __future__ import annotations

import numpy as np

from kiosk.capture.cropping.subject import SearchedShot
from kiosk.capture.image_io.decode import Picture
from kiosk.guidance.detection.types import Detections
from kiosk.workers import searched_shots
from kiosk.workers.searched_shots import SearchedShots


def _shot(size: int) -> SearchedShot:
    return SearchedShot(Picture(np.zeros((size, 1, 3), np.uint8), 2, "none"), Detections((1, size), ()))


def test_a_shot_of_the_last_burst_is_taken_once() -> None:
    shots, first, second = SearchedShots(), _shot(1), _shot(2)
    shots.add("first", first)
    shots.add("second", second)
    assert shots.take("first") is first
    assert shots.take("first") is None
    assert shots.take("second") is None, "the others of the burst are dropped with it"


def test_an_unknown_shot_is_not_kept() -> None:
    assert SearchedShots().take("other") is None


def test_the_oldest_shots_are_dropped_where_memory_does_not_suffice() -> None:
    third = searched_shots.MAX_BYTES // 3 // 3
    for name, is_kept in (("first", False), ("second", True), ("fourth", True)):
        shots = SearchedShots()
        for added in ("first", "second", "third", "fourth"):
            shots.add(added, _shot(third))
        assert (shots.take(name) is not None) is is_kept


def test_a_shot_that_is_too_large_is_not_kept() -> None:
    shots = SearchedShots()
    shots.add("large", _shot(searched_shots.MAX_BYTES // 3 + 1))
    assert shots.take("large") is None
