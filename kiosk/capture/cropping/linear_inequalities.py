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
_ZERO_TOLERANCE: Final = 1e-12  # of coefficients of the order of 1: what rounding leaves of a zero
_FEASIBILITY_TOLERANCE_PX: Final = 1e-7  # px: what rounding leaves of an equality in pictures of 10 000 pixels


def eliminate(rows: Rows, variable: int) -> Rows:
    """What `rows` say of the other unknowns."""
    factor = rows[:, variable]
    upper, lower = rows[factor > _ZERO_TOLERANCE], rows[factor < -_ZERO_TOLERANCE]
    upper = upper / upper[:, variable, None]
    lower = lower / -lower[:, variable, None]
    pairs = (upper[:, None, :] + lower[None, :, :]).reshape(-1, rows.shape[1])
    rest = np.concatenate([rows[np.abs(factor) <= _ZERO_TOLERANCE], pairs])
    rest[:, variable] = 0
    return np.asarray(rest)


def bounds(rows: Rows, variable: int, *known: tuple[int, Values]) -> tuple[Values, Values]:
    """From where to where `variable` may lie, elementwise for arrays of the `known` ones (all that rows speak of)."""
    factor = rows[:, variable]
    shape = known[0][1].shape if known else ()
    left = np.broadcast_to(rows[:, 3].reshape(-1, *[1] * len(shape)), (len(rows), *shape))
    for other, at in known:
        left = left - rows[:, other].reshape(-1, *[1] * len(shape)) * at
    bound = left / np.where(np.abs(factor) <= _ZERO_TOLERANCE, 1, factor).reshape(-1, *[1] * len(shape))
    low = bound[factor < -_ZERO_TOLERANCE].max(axis=0, initial=-np.inf)
    high = bound[factor > _ZERO_TOLERANCE].min(axis=0, initial=np.inf)
    return np.asarray(low), np.asarray(high)


def feasible(rows: Rows) -> bool:
    """Whether any x, y, u keep all `rows`."""
    left = eliminate(eliminate(rows, X), Y)
    low, high = bounds(left, U)
    constant = left[np.abs(left[:, U]) <= _ZERO_TOLERANCE]
    return bool(low <= high) and bool((constant[:, 3] >= -_FEASIBILITY_TOLERANCE_PX).all())
