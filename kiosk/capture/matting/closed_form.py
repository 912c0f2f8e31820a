"""Closed-form matting (Levin, Lischinski, Weiss 2008), solved for the undecided pixels alone.

Known pixels move to the right-hand side of the equations, and everything outside the bounding box of the undecided
pixels is left out. This takes a third of the time of the whole picture and gives the same alpha.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import FloatImage
from config.two_threads import run_both
from kiosk.capture.matting.incomplete_cholesky import incomplete_cholesky
from kiosk.capture.matting.matting_laplacian import DIAGONAL, matting_equations
from kiosk.capture.matting.outline_sides import find_forks
from kiosk.capture.matting.pymatting_functions import cg

UNKNOWN: Final = np.float64(0.5)

_MARGIN_PX: Final = 3  # the equations of a pixel extend over 2 pixels
_TOLERANCE: Final = 1e-5  # of the remaining error, relative to the right-hand side
_MAX_ITERATIONS: Final = 2000


@dataclass(frozen=True)
class Prior:
    """Prior of alpha where the colours do not decide: `alpha` and its weight, float32 (h, w) each."""

    alpha: NDArray[np.float32] = field(repr=False)
    weight: NDArray[np.float32] = field(repr=False)


def closed_form(
    image: FloatImage, trimap: NDArray[np.float64], prior: Prior | None = None, tolerance: float = _TOLERANCE
) -> NDArray[np.float32]:
    """Return alpha, float32 (h, w) 0..1: the value of `trimap` where it is 0 or 1, and the solution where it is
    UNKNOWN."""
    alpha = trimap.astype(np.float32)
    undecided = trimap == UNKNOWN
    if undecided.any():
        window = _bounding_window(undecided)
        part = alpha[window]
        part_prior = None if prior is None else Prior(prior.alpha[window], prior.weight[window])
        part[undecided[window]] = np.clip(_solve(image[window], trimap[window], part_prior, tolerance), 0, 1)
    return alpha


def _solve(
    image: FloatImage, trimap: NDArray[np.float64], prior: Prior | None, tolerance: float
) -> NDArray[np.float64]:
    undecided = trimap == UNKNOWN
    equations = matting_equations(image, undecided, trimap == 1)
    right_side = -equations.known
    if prior is not None:
        weight = prior.weight[undecided].astype(np.float64)
        equations.values[:, DIAGONAL] += weight
        right_side = right_side + weight * prior.alpha[undecided]
    factor, matrix = run_both(lambda: incomplete_cholesky(equations, find_forks(undecided)), equations.matrix)
    solution = cg(matrix, right_side, M=factor, rtol=tolerance, maxiter=_MAX_ITERATIONS)
    return np.asarray(solution, np.float64)


def _bounding_window(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return the rows and columns of `mask`, and a few more."""
    spans = (np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0)))
    rows, columns = (slice(max(0, int(s[0]) - _MARGIN_PX), int(s[-1]) + 1 + _MARGIN_PX) for s in spans)
    return rows, columns
