"""Linear inequalities in three unknowns, solved exactly by elimination (Fourier 1826, Motzkin 1936).

A row (a, b, c, d) says a x + b y + c u <= d. To eliminate an unknown, every upper bound on it is held against every
lower bound: the rows that come out can be kept by the other unknowns exactly when the first ones can be kept by all.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
Values = NDArray[np.float64]

X: Final = 0
Y: Final = 1
U: Final = 2
_NONE: Final = 1e-12  # of coefficients of the order of 1: what rounding leaves of a zero
_EQUAL: Final = 1e-7  # px: what rounding leaves of an equality in pictures of 10 000 pixels


def without(rows: Rows, unknown: int) -> Rows:
    """What `rows` say of the other unknowns."""
    factor = rows[:, unknown]
    upper, lower = rows[factor > _NONE], rows[factor < -_NONE]
    upper = upper / upper[:, unknown, None]
    lower = lower / -lower[:, unknown, None]
    pairs = (upper[:, None, :] + lower[None, :, :]).reshape(-1, rows.shape[1])
    rest = np.concatenate([rows[np.abs(factor) <= _NONE], pairs])
    rest[:, unknown] = 0
    return np.asarray(rest)


def span(rows: Rows, unknown: int, *known: tuple[int, Values]) -> tuple[Values, Values]:
    """From where to where `unknown` may lie, elementwise for arrays of the `known` ones (all that rows speak of)."""
    factor = rows[:, unknown]
    shape = known[0][1].shape if known else ()
    left = np.broadcast_to(rows[:, 3].reshape(-1, *[1] * len(shape)), (len(rows), *shape))
    for other, at in known:
        left = left - rows[:, other].reshape(-1, *[1] * len(shape)) * at
    bound = left / np.where(np.abs(factor) <= _NONE, 1, factor).reshape(-1, *[1] * len(shape))
    low = bound[factor < -_NONE].max(axis=0, initial=-np.inf)
    high = bound[factor > _NONE].min(axis=0, initial=np.inf)
    return np.asarray(low), np.asarray(high)


def possible(rows: Rows) -> bool:
    """Whether any x, y, u keep all `rows`."""
    left = without(without(rows, X), Y)
    low, high = span(left, U)
    constant = left[np.abs(left[:, U]) <= _NONE]
    return bool(low <= high) and bool((constant[:, 3] >= -_EQUAL).all())
