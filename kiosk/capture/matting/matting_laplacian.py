"""The equations of closed-form matting (Levin, Lischinski, Weiss 2008) for the undecided pixels of a trimap.

The arithmetic is that of pymatting's `cf_laplacian` (MIT, Germer et al. 2020), operation by operation, so that both
give the same bits. pymatting computes and stores the rows of all pixels, which takes 120 MB for a portrait; here are
the rows of the undecided pixels alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from config.two_threads import run_both
from kiosk.capture.matting.pymatting_functions import njit

_SMOOTHNESS: Final = 1e-7  # of the colours' covariance; pymatting's and the paper's value
_WINDOW_PX: Final = 3
_ROW: Final = 25  # the pixels that share a window with a pixel: 5 x 5 of them, in the order of their rows
DIAGONAL: Final = 12
"""The place of the pixel itself in its row."""


@dataclass(frozen=True)
class MattingEquations:
    """The rows of n undecided pixels, numbered in the order of the picture's rows. `values`: float64 (n, 25), the
    Laplacian between a pixel and the 5 x 5 pixels around it. `numbers`: int32 (n, 25), the numbers of those that are
    undecided, -1 for others. `known`: float64 (n,), the sum of the values of pixels that are surely person."""

    values: NDArray[np.float64] = field(repr=False)
    numbers: NDArray[np.int32] = field(repr=False)
    known: NDArray[np.float64] = field(repr=False)

    def matrix(self) -> csr_matrix:
        """Return the equations as a sparse matrix (n, n), without the pixels that are known."""
        return csr_matrix(_compress(self.values, self.numbers), (len(self.values),) * 2)


def matting_equations(
    image: NDArray[np.floating], undecided: NDArray[np.bool_], person: NDArray[np.bool_]
) -> MattingEquations:
    """Return the equations of the `undecided` pixels of `image`, (h, w, 3) 0..1; of the others, `person` are 1 and the
    rest 0."""
    count = int(np.count_nonzero(undecided))
    number = np.full((undecided.shape[0] + 4, undecided.shape[1] + 4), -1, np.int32)
    number[2:-2, 2:-2][undecided] = np.arange(count, dtype=np.int32)
    values, colours = np.zeros((count, _ROW)), np.ascontiguousarray(image, np.float64)
    middle = _middle_row(undecided)

    def add(top: int, bottom: int) -> None:
        _add_windows(colours, _SMOOTHNESS, number, values, top, bottom)

    run_both(lambda: add(0, middle), lambda: add(middle, len(undecided)))
    numbers, known, padded_person = np.empty(values.shape, np.int32), np.zeros(count), np.pad(person, 2)

    def find(top: int, bottom: int) -> None:
        _find_neighbours(number, padded_person, values, numbers, known, top, bottom)

    run_both(lambda: find(0, middle), lambda: find(middle, len(undecided)))
    return MattingEquations(values, numbers, known)


def _middle_row(undecided: NDArray[np.bool_]) -> int:
    """Return the row above which half of the undecided pixels lie."""
    counts = np.cumsum(undecided.sum(axis=1))
    return int(np.searchsorted(counts, counts[-1] / 2)) + 1


@njit("UniTuple(f8, 6)(f8[:, ::1], f8)", cache=True, nogil=True)
def _inverse_covariance(colours, epsilon):  # type: ignore[no-untyped-def]
    """Return the inverse of the covariance of 9 centred colours: its entries 00, 01, 02, 11, 12, 22."""
    a00, a11, a22 = epsilon, epsilon, epsilon
    a01, a02, a12 = 0.0, 0.0, 0.0
    for place in range(9):
        red, green, blue = colours[place, 0], colours[place, 1], colours[place, 2]
        a00 += red * red
        a01 += red * green
        a02 += red * blue
        a11 += green * green
        a12 += green * blue
        a22 += blue * blue
    a00, a01, a02, a11, a12, a22 = a00 / 9, a01 / 9, a02 / 9, a11 / 9, a12 / 9, a22 / 9
    determinant = a00 * a12 * a12 + a01 * a01 * a22 + a02 * a02 * a11 - a00 * a11 * a22 - 2 * a01 * a02 * a12
    factor = 1.0 / determinant
    return (
        (a12 * a12 - a11 * a22) * factor,
        (a01 * a22 - a02 * a12) * factor,
        (a02 * a11 - a01 * a12) * factor,
        (a02 * a02 - a00 * a22) * factor,
        (a00 * a12 - a01 * a02) * factor,
        (a01 * a01 - a00 * a11) * factor,
    )


@njit("void(f8[::1], i8, f8[:, ::1], UniTuple(f8, 6))", cache=True, nogil=True)
def _add_row(row, place, colours, inverse):  # type: ignore[no-untyped-def]
    """Add one window to the row of the pixel at `place` (0 to 8) in it."""
    m00, m01, m02, m11, m12, m22 = inverse
    red, green, blue = colours[place, 0], colours[place, 1], colours[place, 2]
    c0 = m00 * red + m01 * green + m02 * blue
    c1 = m01 * red + m11 * green + m12 * blue
    c2 = m02 * red + m12 * green + m22 * blue
    first = (2 - place // 3) * 5 + 2 - place % 3
    for other in range(9):
        likeness = c0 * colours[other, 0] + c1 * colours[other, 1] + c2 * colours[other, 2]
        row[first + other // 3 * 5 + other % 3] += (1.0 if other == place else 0.0) - (1 + likeness) / 9


@njit("b1(i4[:, ::1], i8, i8)", cache=True, nogil=True)
def _has_undecided(number, top, left):  # type: ignore[no-untyped-def]
    for y in range(top, top + _WINDOW_PX):
        for x in range(left, left + _WINDOW_PX):
            if number[y, x] >= 0:
                return True
    return False


@njit("void(f8[:, :, ::1], f8, i4[:, ::1], f8[:, ::1], i8, i8)", cache=True, nogil=True)
def _add_windows(image, epsilon, number, values, top, bottom):  # type: ignore[no-untyped-def]
    """Add every window of 3 x 3 pixels to the rows of its undecided pixels between two rows of the picture, from the
    upper left window to the lower right one; `number` has a margin of 2 pixels."""
    colours = np.empty((9, 3))
    area = _WINDOW_PX * _WINDOW_PX
    for y in range(max(1, top - 1), min(image.shape[0] - 1, bottom + 1)):
        for x in range(1, image.shape[1] - 1):
            if not _has_undecided(number, y + 1, x + 1):
                continue
            for channel in range(3):
                total = 0.0
                for place in range(9):
                    total += image[y + place // 3 - 1, x + place % 3 - 1, channel]
                for place in range(9):
                    colour = image[y + place // 3 - 1, x + place % 3 - 1, channel]
                    colours[place, channel] = colour - total / area
            inverse = _inverse_covariance(colours, epsilon)
            for place in range(9):
                row = number[y + place // 3 + 1, x + place % 3 + 1]
                if row >= 0 and top <= y + place // 3 - 1 < bottom:
                    _add_row(values[row], place, colours, inverse)


@njit("void(i4[:, ::1], b1[:, ::1], f8[:, ::1], i4[:, ::1], f8[::1], i8, i8)", cache=True, nogil=True)
def _find_neighbours(number, person, values, numbers, known, top, bottom):  # type: ignore[no-untyped-def]
    """Write the rows of `numbers` and `known` of the undecided pixels between two rows of the picture; `number` and
    `person` have a margin of 2 pixels."""
    for y in range(top + 2, bottom + 2):
        for x in range(2, number.shape[1] - 2):
            row = number[y, x]
            if row < 0:
                continue
            for place in range(_ROW):
                there = y + place // 5 - 2, x + place % 5 - 2
                numbers[row, place] = number[there]
                if person[there]:
                    known[row] += values[row, place]


@njit("Tuple((f8[::1], i4[::1], i4[::1]))(f8[:, ::1], i4[:, ::1])", cache=True, nogil=True)
def _compress(values, numbers):  # type: ignore[no-untyped-def]
    """Return the data, columns and ends of rows of a sparse matrix (CSR)."""
    count = 0
    ends = np.zeros(len(values) + 1, np.int32)
    data, columns = np.empty(values.size), np.empty(values.size, np.int32)
    for row in range(len(values)):
        for place in range(_ROW):
            if numbers[row, place] >= 0:
                data[count], columns[count] = values[row, place], numbers[row, place]
                count += 1
        ends[row + 1] = count
    return data[:count], columns[:count], ends
