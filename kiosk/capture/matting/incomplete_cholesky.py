"""The incomplete Cholesky factor of the matting equations, a preconditioner with which few iterations solve them.

It is that of pymatting's `ichol` (MIT, Germer et al. 2020; after Jones and Plassmann, An Improved Incomplete Cholesky
Factorization, 1995), operation by operation, so that both give the same bits, in less than half the time: the entries
of a column are found by reading the part of it that can be filled, not by a list that must be sorted, and unsigned
indices need no checks for negative ones.

Below the top of the head the undecided pixels on the left and on the right have no equation in common
(kiosk.capture.matting.outline_sides). Once no column of the factor has entries on both sides, each side is factored in
a separate thread: only columns of the same side change a column, in the same order as without threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.two_threads import run_both
from kiosk.capture.matting.matting_laplacian import DIAGONAL, MattingEquations
from kiosk.capture.matting.outline_sides import Fork
from kiosk.capture.matting.pymatting_functions import njit

_DROP_TOLERANCE: Final = 1e-4  # entries below it are left out
_SHIFTS: Final = (0.0, 1e-4, 1e-3, 1e-2, 0.1)  # added to the diagonal until the factor exists
_EXPECTED_ENTRIES: Final = 56  # of a column, on average; the arrays are enlarged when they are full


@dataclass(frozen=True)
class FactorPart:
    """Some columns of the factor: their numbers, in order, and arrays with the `count` entries and rows of them."""

    columns: NDArray[np.int64]
    entries: NDArray[np.float64] = field(repr=False)
    rows: NDArray[np.uint32] = field(repr=False)
    count: int

    @classmethod
    def empty(cls, size: int) -> FactorPart:
        room = _EXPECTED_ENTRIES * max(1, size)
        return cls(np.empty(0, np.int64), np.empty(room), np.empty(room, np.uint32), 0)


@dataclass(frozen=True)
class IncompleteCholesky:
    """A lower triangular matrix by columns, the diagonal first: column j is begins[j] : ends[j] of the arrays of its
    part. No part of `sides` has entries in the rows of the other, and their columns follow all those of `top`."""

    begins: NDArray[np.int64] = field(repr=False)
    ends: NDArray[np.int64] = field(repr=False)
    top: FactorPart
    sides: tuple[FactorPart, ...] = ()

    def __call__(self, right: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the solution of L L^T x = `right`."""
        solution = right.copy()

        def substitute(part: FactorPart, forward: bool, backward: bool) -> None:
            arrays = part.columns, part.entries, part.rows, self.begins, self.ends
            if forward:
                _substitute_forward(*arrays, solution)
            if backward:
                _substitute_backward(*arrays, solution)

        if not self.sides:
            substitute(self.top, forward=True, backward=True)
            return solution
        one, other = self.sides
        substitute(self.top, forward=True, backward=False)
        run_both(lambda: substitute(one, True, True), lambda: substitute(other, True, True))
        substitute(self.top, forward=False, backward=True)
        return solution


def incomplete_cholesky(equations: MattingEquations, forks: Iterable[Fork] = ()) -> IncompleteCholesky:
    """Return the factor, divided at the first of `forks` where this is possible. Raises ValueError if there is no
    factor even with the largest shift."""
    remaining_forks = iter(forks)
    for shift in _SHIFTS:
        factor = _Factorization(equations, shift).run(remaining_forks)
        if factor is not None:
            return factor
    raise ValueError("the matting equations are not positive definite")


class _Factorization:
    """The state of a factorization. `_at[k]` is the next entry of column k, and `_following[j]` begins the list of
    the columns whose next entry is in row j."""

    def __init__(self, equations: MattingEquations, shift: float) -> None:
        self._equations = equations
        self._size = len(equations.values)
        self._begins, self._ends, self._at = (np.zeros(self._size, np.int64) for _ in range(3))
        self._following = np.full(self._size, -1, np.int32)
        self._diagonal = shift + equations.values[:, DIAGONAL]

    def run(self, forks: Iterator[Fork]) -> IncompleteCholesky | None:
        """Return the factor, None where a diagonal is not positive."""
        nearest = next(forks, None)
        top = FactorPart.empty(nearest.first if nearest else self._size)
        for fork in chain([nearest] if nearest else [], forks):
            extended = self._add(top, np.arange(len(top.columns), fork.first))
            if extended is None:
                return None
            top = extended
            if _is_divided(self._at[: fork.first], self._ends, top.rows, fork.first, fork.sides):
                return self._run_sides(top, fork)
        whole = self._add(top, np.arange(len(top.columns), self._size))
        return None if whole is None else IncompleteCholesky(self._begins, self._ends, whole)

    def _run_sides(self, top: FactorPart, fork: Fork) -> IncompleteCholesky | None:
        columns = [fork.first + np.flatnonzero(fork.sides == side) for side in (0, 1)]
        one, other = run_both(
            lambda: self._add(FactorPart.empty(len(columns[0])), columns[0], top),
            lambda: self._add(FactorPart.empty(len(columns[1])), columns[1], top),
        )
        if one is None or other is None:
            return None
        return IncompleteCholesky(self._begins, self._ends, top, (one, other))

    def _add(self, part: FactorPart, columns: NDArray[np.int64], before: FactorPart | None = None) -> FactorPart | None:
        """Return `part` with `columns` added, None where a diagonal is not positive. `before` contains the
        columns with the lowest numbers; without it they are in `part`."""
        entries, rows, count = _factorize(
            columns,
            (self._equations.values, self._equations.numbers),
            _DROP_TOLERANCE,
            (self._begins, self._ends, self._at, self._following, self._diagonal),
            0 if before is None else len(before.columns),
            ((before or part).entries, (before or part).rows),
            (part.entries, part.rows),
            part.count,
        )
        return None if count < 0 else FactorPart(np.concatenate([part.columns, columns]), entries, rows, count)


@njit("i8(i8, f8[::1], f8[:, ::1], i4[:, ::1])", cache=True, nogil=True)
def _read_column(j, column, values, numbers):  # type: ignore[no-untyped-def]
    """Write the entries of the equations below the diagonal into `column`; return the last row."""
    last = j
    for place in range(DIAGONAL + 1, 2 * DIAGONAL + 1):
        i = numbers[j, place]
        if i >= 0:
            column[i] = values[i, 2 * DIAGONAL - place]
            last = i
    return last


@njit("i8(f8[::1], f8[::1], u4[::1], i8, i8, f8)", cache=True, nogil=True)
def _subtract_column(column, entries, rows, first, end, factor):  # type: ignore[no-untyped-def]
    """Subtract the entries from `first` to `end`, which are not empty, times a factor; return their last row."""
    for entry in range(np.uint64(first), np.uint64(end)):
        column[rows[entry]] -= entries[entry] * factor
    return np.int64(rows[end - 1])


@njit(
    "i8(i8, i8, f8[::1], i8, Tuple((f8[::1], u4[::1])), f8[::1], u4[::1], i8[::1], i8[::1], i4[::1])",
    cache=True,
    nogil=True,
)
def _subtract_columns(j, last, column, divided, before, entries, rows, ends, at, following):  # type: ignore[no-untyped-def]
    """Subtract the earlier columns with an entry in row j, each times that entry; return the last row. The columns
    below `divided` are those of `before`."""
    k = following[j]
    while k != -1:
        first, end, after = at[k], ends[k], following[k]
        factor = before[0][first] if k < divided else entries[first]
        first += 1
        if first < end:
            at[k] = first
            i = before[1][first] if k < divided else rows[first]
            following[k], following[i] = following[i], k
            if k < divided:
                last = max(last, _subtract_column(column, before[0], before[1], first, end, factor))
            else:
                last = max(last, _subtract_column(column, entries, rows, first, end, factor))
        else:
            at[k] = end
        k = after
    return last


@njit("Tuple((f8[::1], u4[::1]))(f8[::1], u4[::1], i8)", cache=True, nogil=True)
def _enlarge(entries, rows, count):  # type: ignore[no-untyped-def]
    """Return both arrays at twice their size, with their first `count` values."""
    more_entries, more_rows = np.empty(2 * len(entries)), np.empty(2 * len(rows), np.uint32)
    more_entries[:count], more_rows[:count] = entries[:count], rows[:count]
    return more_entries, more_rows


@njit(
    "Tuple((f8[::1], u4[::1], i8))(i8[::1], Tuple((f8[:, ::1], i4[:, ::1])), f8, "
    "Tuple((i8[::1], i8[::1], i8[::1], i4[::1], f8[::1])), i8, Tuple((f8[::1], u4[::1])), "
    "Tuple((f8[::1], u4[::1])), i8)",
    cache=True,
    nogil=True,
)
def _factorize(columns, equations, tolerance, state, divided, before, own, count):  # type: ignore[no-untyped-def]
    """Add the factor's `columns` to the `count` entries and rows of `own`; return these arrays and their new count, -1
    where a diagonal is not positive. The columns below `divided` are in `before`, all others in `own`."""
    values, numbers = equations
    begins, ends, at, following, diagonal = state
    entries, rows = own
    column = np.zeros(len(values))
    for j in columns:
        last = _read_column(j, column, values, numbers)
        last = _subtract_columns(j, last, column, divided, before, entries, rows, ends, at, following)
        if diagonal[j] <= 0.0:
            return entries, rows, -1
        while count + 1 + last - j > len(entries):
            entries, rows = _enlarge(entries, rows, count)
        root = np.sqrt(diagonal[j])
        begins[j] = count
        entries[count], rows[count] = root, j
        count += 1
        at[j] = count
        for i in range(j + 1, last + 1):
            if column[i] != 0.0:
                value = column[i] / root
                column[i] = 0.0
                diagonal[i] -= value * value
                if abs(value) > tolerance:
                    entries[count], rows[count] = value, i
                    count += 1
        ends[j] = count
        if at[j] < count:
            i = rows[at[j]]
            following[j], following[i] = following[i], j
    return entries, rows, count


@njit("b1(i8[::1], i8[::1], u4[::1], i8, i4[::1])", cache=True, nogil=True)
def _is_divided(at, ends, rows, first, sides):  # type: ignore[no-untyped-def]
    """Return whether no column has remaining entries on both sides; these are in rows from `first` on."""
    for k in range(len(at)):
        for entry in range(at[k] + 1, ends[k]):
            if sides[rows[entry] - first] != sides[rows[at[k]] - first]:
                return False
    return True


@njit("void(i8[::1], f8[::1], u4[::1], i8[::1], i8[::1], f8[::1])", cache=True, nogil=True)
def _substitute_forward(columns, entries, rows, begins, ends, x):  # type: ignore[no-untyped-def]
    for j in columns:
        first, end = begins[j], ends[j]
        x[j] /= entries[first]
        for entry in range(np.uint64(first + 1), np.uint64(end)):
            x[rows[entry]] -= entries[entry] * x[j]


@njit("void(i8[::1], f8[::1], u4[::1], i8[::1], i8[::1], f8[::1])", cache=True, nogil=True)
def _substitute_backward(columns, entries, rows, begins, ends, x):  # type: ignore[no-untyped-def]
    for j in columns[::-1]:
        first, end = begins[j], ends[j]
        total = x[j]
        for entry in range(np.uint64(first + 1), np.uint64(end)):
            total -= entries[entry] * x[rows[entry]]
        x[j] = total / entries[first]
