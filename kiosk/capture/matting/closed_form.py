"""Closed-form matting (Levin, Lischinski, Weiss 2008), solved for the undecided pixels alone.

Known pixels move to the right-hand side of the equations, and everything outside the bounding box of the undecided
pixels is left out. This takes a third of the time of the whole picture and gives the same alpha.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from config.arrays import FloatImage
from kiosk.capture.matting.pymatting_functions import cf_laplacian, cg, ichol

UNKNOWN: Final = np.float64(0.5)

_SMOOTHNESS: Final = 1e-7  # of the colours' covariance; pymatting's and the paper's value
_MARGIN_PX: Final = 3  # the equations of a pixel extend over 2 pixels
_DROP_TOLERANCE: Final = 1e-4  # of the incomplete Cholesky factor: some iterations suffice
_SHIFTS: Final = (0.0, 1e-4, 1e-3, 1e-2, 0.1)
_RELATIVE_TOLERANCE: Final = 1e-5
_MAX_ITERATIONS: Final = 2000


@dataclass(frozen=True)
class Prior:
    """Prior of alpha where the colours do not decide: `alpha` and its weight, float32 (h, w) each."""

    alpha: NDArray[np.float32] = field(repr=False)
    weight: NDArray[np.float32] = field(repr=False)


def closed_form(image: FloatImage, trimap: NDArray[np.float64], prior: Prior | None = None) -> NDArray[np.float32]:
    """Alpha, float32 (h, w) 0..1: the value of `trimap` where it is 0 or 1, and solved where it is UNKNOWN."""
    alpha = trimap.astype(np.float32)
    undecided = trimap == UNKNOWN
    if undecided.any():
        window = _bounding_window(undecided)
        part = alpha[window]
        near = None if prior is None else Prior(prior.alpha[window], prior.weight[window])
        part[undecided[window]] = np.clip(_solve(image[window], trimap[window], near), 0, 1)
    return alpha


def _solve(image: FloatImage, trimap: NDArray[np.float64], prior: Prior | None) -> NDArray[np.float64]:
    values = trimap.ravel()
    undecided = np.flatnonzero(values == UNKNOWN)
    known = values != UNKNOWN
    laplacian = cf_laplacian(image.astype(np.float64), epsilon=_SMOOTHNESS, is_known=known)
    rows = laplacian.tocsr()[undecided]
    wanted = -(rows @ np.where(known, values, 0.0))
    system: Any = rows[:, undecided]
    if prior is not None:
        weight = prior.weight.ravel()[undecided].astype(np.float64)
        system = system + scipy.sparse.diags(weight)
        wanted = wanted + weight * prior.alpha.ravel()[undecided]
    system = scipy.sparse.csc_matrix(system)
    factor = ichol(system, discard_threshold=_DROP_TOLERANCE, shifts=_SHIFTS)
    solution = cg(system, wanted, M=factor, rtol=_RELATIVE_TOLERANCE, maxiter=_MAX_ITERATIONS)
    return np.asarray(solution, np.float64)


def _bounding_window(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return the rows and columns of `mask`, and a few more."""
    spans = (np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0)))
    rows, columns = (slice(max(0, int(s[0]) - _MARGIN_PX), int(s[-1]) + 1 + _MARGIN_PX) for s in spans)
    return rows, columns
