"""Linear inequalities in three unknowns, solved exactly by elimination (Fourier 1826, Motzkin 1936).

A row (a, b, c, d) means a x + b y + c u <= d. To eliminate an unknown, every upper bound on it is combined with every
lower bound. The resulting rows are feasible for the other unknowns exactly when the original rows are feasible.
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
_ZERO_TOLERANCE: Final = 1e-12  # rounding error of a zero among coefficients of the order of 1
_FEASIBILITY_TOLERANCE_PX: Final = 1e-7  # px: rounding error of an equality in pictures of 10 000 pixels


def eliminate(rows: Rows, variable: int) -> Rows:
    """Return the rows on the other unknowns that follow from `rows`."""
    factor = rows[:, variable]
    upper, lower = rows[factor > _ZERO_TOLERANCE], rows[factor < -_ZERO_TOLERANCE]
    upper = upper / upper[:, variable, None]
    lower = lower / -lower[:, variable, None]
    pairs = (upper[:, None, :] + lower[None, :, :]).reshape(-1, rows.shape[1])
    rest = np.concatenate([rows[np.abs(factor) <= _ZERO_TOLERANCE], pairs])
    rest[:, variable] = 0
    return np.asarray(rest)


def bounds(rows: Rows, variable: int, *known: tuple[int, Values]) -> tuple[Values, Values]:
    """Return the interval of `variable`, elementwise for arrays of all `known` other variables."""
    factor = rows[:, variable]
    shape = known[0][1].shape if known else ()
    rest = np.broadcast_to(rows[:, 3].reshape(-1, *[1] * len(shape)), (len(rows), *shape))
    for other, at in known:
        rest = rest - rows[:, other].reshape(-1, *[1] * len(shape)) * at
    bound = rest / np.where(np.abs(factor) <= _ZERO_TOLERANCE, 1, factor).reshape(-1, *[1] * len(shape))
    low = bound[factor < -_ZERO_TOLERANCE].max(axis=0, initial=-np.inf)
    high = bound[factor > _ZERO_TOLERANCE].min(axis=0, initial=np.inf)
    return np.asarray(low), np.asarray(high)


def feasible(rows: Rows) -> bool:
    """Return whether any x, y, u satisfy all `rows`."""
    rows_on_u = eliminate(eliminate(rows, X), Y)
    low, high = bounds(rows_on_u, U)
    constant = rows_on_u[np.abs(rows_on_u[:, U]) <= _ZERO_TOLERANCE]
    return bool(low <= high) and bool((constant[:, 3] >= -_FEASIBILITY_TOLERANCE_PX).all())
