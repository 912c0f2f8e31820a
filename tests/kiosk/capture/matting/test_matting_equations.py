"""The equations and their factor are pymatting's, bit for bit: recipes of earlier releases depend on it."""

from __future__ import annotations

import importlib.util
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.capture.matting import matting_laplacian
from kiosk.capture.matting.incomplete_cholesky import IncompleteCholesky, incomplete_cholesky
from kiosk.capture.matting.matting_laplacian import DIAGONAL, MattingEquations, matting_equations


@cache
def load_alone(name: str) -> Any:
    """Return a module of pymatting without its package, whose import compiles all functions for 45 s. Its functions are
    compiled into a folder of their own: from pymatting's cache, they would be looked for in a module of this name."""
    package = importlib.util.find_spec("pymatting")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).parent / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{path.stem}_alone", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba.config, "CACHE_DIR", folder)
        spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Scene:
    image: NDArray[np.float32]
    trimap: NDArray[np.float64]

    @property
    def equations(self) -> MattingEquations:
        return matting_equations(self.image, self.trimap == 0.5, self.trimap == 1)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """A noisy edge; undecided pixels touch the picture's border and leave a hole."""
    generator = np.random.default_rng(3)
    y, x = np.mgrid[0:50, 0:60]
    image = np.where((x > 25 + y / 5)[..., None], (0.2, 0.15, 0.1), (0.5, 0.6, 0.9)) + generator.normal(
        0, 0.02, (50, 60, 3)
    )
    trimap = np.where(x < 15, 0.0, np.where(x > 45, 1.0, 0.5))
    trimap[20:26, 25:31] = 1.0
    return Scene(image.astype(np.float32), trimap)


def test_the_equations_are_those_of_pymatting(scene: Scene) -> None:
    known = (scene.trimap != 0.5).ravel()
    rows = load_alone("laplacian/cf_laplacian").cf_laplacian(
        scene.image.astype(np.float64), epsilon=1e-7, is_known=known
    )[~known]
    assert (scene.equations.matrix().toarray() == rows[:, ~known].toarray()).all()
    assert (scene.equations.known == rows @ np.where(known, scene.trimap.ravel(), 0.0)).all()


def assert_like_pymatting(equations: MattingEquations) -> IncompleteCholesky:
    found = incomplete_cholesky(equations)
    matrix = equations.matrix().tocsc()
    theirs = load_alone("preconditioner/ichol").ichol(
        matrix, discard_threshold=1e-4, shifts=(0.0, 1e-4, 1e-3, 1e-2, 0.1)
    )
    for own, other in zip((found.entries, found.rows, found.ends), theirs.Ltuple, strict=True):
        assert np.array_equal(own, other)
    right = np.random.default_rng(4).normal(size=len(found.ends) - 1)
    assert (found(right) == theirs(right)).all()
    return found


def test_the_factor_is_that_of_pymatting(scene: Scene) -> None:
    assert_like_pymatting(scene.equations)


def test_equations_that_are_not_positive_definite_are_refused(scene: Scene) -> None:
    equations = scene.equations
    equations.values[:, DIAGONAL] = -1.0
    with pytest.raises(ValueError, match="positive definite"):
        incomplete_cholesky(equations)


def test_a_factor_with_more_entries_than_expected_is_complete() -> None:
    image = np.random.default_rng(5).uniform(0, 1, (40, 120, 3)).astype(np.float32)
    undecided = np.ones(image.shape[:2], bool)
    undecided[:, 0] = False
    equations = matting_equations(image, undecided, ~undecided)
    assert len(assert_like_pymatting(equations).entries) > 32 * len(equations.values)


def test_two_threads_add_the_windows_in_the_order_of_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of the upper half and of the lower half are added apart; at any boundary the sums have the same bits."""
    expected = scene.equations.values
    for boundary in (0, 1, 7, 49, 50):
        monkeypatch.setattr(matting_laplacian, "_middle_row", lambda undecided, row=boundary: row)
        assert np.array_equal(scene.equations.values, expected)
