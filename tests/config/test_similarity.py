"""A similarity, its matrix and its inverse agree, and it can be estimated from the points that it moved."""

from __future__ import annotations

import numpy as np
import pytest

from config.similarity import Similarity, fit_similarity

POINTS = np.array([[10.0, 20.0], [90.0, 25.0], [50.0, 120.0]])


@pytest.mark.parametrize("roll", [0.0, 25.0, -170.0])
def test_points_come_back_by_the_inverse(roll: float) -> None:
    there = Similarity(1.7, roll, -0.3, 0.2)
    assert there.inverse().transform(there.transform(POINTS)) == pytest.approx(POINTS)
    assert np.column_stack([POINTS, np.ones(3)]) @ there.matrix.T == pytest.approx(there.transform(POINTS))
    assert Similarity.from_matrix(there.matrix).matrix == pytest.approx(there.matrix)


def test_a_positive_roll_is_clockwise_on_the_screen() -> None:
    assert Similarity(1.0, 90.0, 0.0, 0.0).transform(np.array([[1.0, 0.0]])) == pytest.approx(np.array([[0.0, 1.0]]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_similarity_that_moved_points_is_found(dtype: type) -> None:
    true = Similarity(0.97, -2.0, 3.0, -8.0)
    fitted = fit_similarity(POINTS.astype(dtype), true.transform(POINTS).astype(dtype))
    assert fitted.matrix == pytest.approx(true.matrix, abs=1e-4)


def test_points_in_one_place_are_only_shifted() -> None:
    fitted = fit_similarity(np.ones((4, 2)), np.full((4, 2), 3.0))
    assert np.isfinite(fitted.matrix).all()
    assert fitted.transform(np.ones((1, 2))) == pytest.approx(np.array([[3.0, 3.0]]))
