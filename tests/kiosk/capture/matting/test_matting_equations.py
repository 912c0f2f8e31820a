"""The equations and their factor are those of pymatting, bit for bit: recipes of earlier releases require this."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.capture.matting import incomplete_cholesky as factor_module
from kiosk.capture.matting import matting_laplacian, outline_sides
from kiosk.capture.matting.incomplete_cholesky import IncompleteCholesky, incomplete_cholesky
from kiosk.capture.matting.matting_laplacian import DIAGONAL, MattingEquations, matting_equations
from kiosk.capture.matting.outline_sides import Fork, find_forks


@cache
def load_alone(name: str) -> Any:
    """Return a module of pymatting without its package, whose import compiles all functions for 45 s.

    Its functions are compiled into a separate folder: from pymatting's cache, they would be looked for in a module of
    this name.
    """
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
    """A noisy edge; the undecided pixels touch the picture's border and have a hole."""
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


def columns_in_order(factor: IncompleteCholesky) -> tuple[NDArray[np.float64], NDArray[np.uint32], NDArray[np.int64]]:
    """Return the entries, rows and ends of all columns of all parts."""
    by_column = {}
    for part in (factor.top, *factor.sides):
        for column in part.columns:
            there = slice(factor.begins[column], factor.ends[column])
            by_column[int(column)] = part.entries[there], part.rows[there]
    assert sorted(by_column) == list(range(len(factor.ends)))
    entries, rows = zip(*(by_column[column] for column in range(len(factor.ends))), strict=True)
    return np.concatenate(entries), np.concatenate(rows), np.cumsum([0, *(len(part) for part in entries)])


def assert_like_pymatting(equations: MattingEquations, forks: Iterable[Fork] = ()) -> IncompleteCholesky:
    found = incomplete_cholesky(equations, forks)
    matrix = equations.matrix().tocsc()
    theirs = load_alone("preconditioner/ichol").ichol(
        matrix, discard_threshold=1e-4, shifts=(0.0, 1e-4, 1e-3, 1e-2, 0.1)
    )
    for own, other in zip(columns_in_order(found), theirs.Ltuple, strict=True):
        assert np.array_equal(own, other)
    right = np.random.default_rng(4).normal(size=len(found.ends))
    assert (found(right) == theirs(right)).all()
    return found


def test_the_factor_is_that_of_pymatting(scene: Scene) -> None:
    assert_like_pymatting(scene.equations)


def test_equations_that_are_not_positive_definite_are_refused(scene: Scene) -> None:
    equations = scene.equations
    equations.values[:, DIAGONAL] = -1.0
    with pytest.raises(ValueError, match="positive definite"):
        incomplete_cholesky(equations)


@pytest.fixture(scope="module")
def arch() -> Scene:
    """A noisy person, wider at the shoulders, whose outline is undecided down to the lower edge."""
    generator = np.random.default_rng(6)
    y, x = np.mgrid[0:90, 0:100]
    inside = np.where(y < 50, 24**2 - (x - 50) ** 2 - (y - 34) ** 2, 576 - (x - 50) ** 2 + 9 * (y - 50))
    image = np.where((inside > 0)[..., None], (0.2, 0.15, 0.1), (0.5, 0.6, 0.9)) + generator.normal(
        0, 0.02, (90, 100, 3)
    )
    trimap = np.where(inside > 250, 1.0, np.where(inside < -400, 0.0, 0.5))
    return Scene(image.astype(np.float32), trimap)


def test_both_sides_of_an_outline_are_factored_apart_with_the_same_bits(
    arch: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outline_sides, "_MIN_PIXELS", 0)
    undecided = arch.trimap == 0.5
    found = assert_like_pymatting(arch.equations, find_forks(undecided))
    assert [len(part.columns) > 300 for part in found.sides] == [True, True]
    one, other = (set(part.rows[: part.count]) for part in found.sides)
    assert not one & other


def test_a_fork_where_a_column_reaches_both_sides_is_passed_over(arch: Scene) -> None:
    """With a wrong fork through the left side the factor stays in one part."""
    undecided = arch.trimap == 0.5
    first = int(undecided[:40].sum())
    columns = np.nonzero(undecided)[1][first:]
    wrong = Fork(first, (columns % 2).astype(np.int32))
    assert not assert_like_pymatting(arch.equations, [wrong]).sides


def test_the_sides_of_a_fork_share_no_window(arch: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outline_sides, "_MIN_PIXELS", 0)
    undecided = arch.trimap == 0.5
    forks = list(find_forks(undecided))
    assert forks
    numbers = arch.equations.numbers
    for fork in forks:
        around = numbers[fork.first :]
        there = np.where(around >= fork.first, fork.sides[np.maximum(around - fork.first, 0)], -1)
        assert ((there == fork.sides[:, None]) | (there == -1)).all()


@pytest.mark.parametrize(("gap", "divided"), [(1, False), (3, True)])
def test_bands_with_a_common_window_are_one_side(gap: int, divided: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outline_sides, "_MIN_PIXELS", 0)
    undecided = np.zeros((40, 60), bool)
    undecided[:, 10:20] = undecided[:, 20 + gap : 30 + gap] = True
    assert bool(list(find_forks(undecided))) is divided


def test_few_undecided_pixels_are_not_divided(arch: Scene) -> None:
    assert not list(find_forks(arch.trimap == 0.5))


def test_a_factor_with_more_entries_than_expected_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factor_module, "_EXPECTED_ENTRIES", 32)
    image = np.random.default_rng(5).uniform(0, 1, (40, 120, 3)).astype(np.float32)
    undecided = np.ones(image.shape[:2], bool)
    undecided[:, 0] = False
    equations = matting_equations(image, undecided, ~undecided)
    assert assert_like_pymatting(equations).top.count > 32 * len(equations.values)


def test_two_threads_add_the_windows_in_the_order_of_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thread adds the rows of one half; the sums have the same bits for any boundary."""
    expected = scene.equations.values
    for boundary in (0, 1, 7, 49, 50):
        monkeypatch.setattr(matting_laplacian, "_middle_row", lambda undecided, row=boundary: row)
        assert np.array_equal(scene.equations.values, expected)
