from __future__ import annotations

import numpy as np

from kiosk.capture.matting.morphology import without


def test_a_mask_without_another_one() -> None:
    mask, other = np.array([[True, True, False]]), np.array([[False, True, True]])
    assert without(mask, other).tolist() == [[True, False, False]]
    assert mask.tolist() == [[True, True, False]]


def test_an_unchanged_mask_stays_the_same_object() -> None:
    """BackdropModel.estimate caches results by the identity of the mask."""
    mask = np.array([[True, False]])
    assert without(mask, np.array([[False, True]])) is mask
