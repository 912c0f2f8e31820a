from __future__ import annotations

import numpy as np

from kiosk.capture.matting.morphology import without


def test_a_mask_without_another_one() -> None:
    mask, other = np.array([[True, True, False]]), np.array([[False, True, True]])
    assert without(mask, other).tolist() == [[True, False, False]]
    assert mask.tolist() == [[True, True, False]]


def test_a_mask_that_loses_nothing_stays_the_same_object() -> None:
    """What was computed from it is found again by its identity (BackdropModel.estimate)."""
    mask = np.array([[True, False]])
    assert without(mask, np.array([[False, True]])) is mask
