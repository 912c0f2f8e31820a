"""The relief of the simulated studio's head: FaceMesh's depth over the face, decreasing to the hair's outline."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from config.arrays import Floats

_AXIS_DEPTH: Final = 45.0
"""Distance of the neck's axis behind FaceMesh's zero, in its units (source pixels)."""
_HAIR: Final = ((226, 15), (190, 22), (262, 24), (165, 50), (290, 50), (153, 85), (301, 85), (165, 120), (290, 120))
_CROWN: Final = ((226, 42, 8), (200, 48, 14), (252, 48, 14), (226, 28, 24))
_UNDER_CHIN: Final = ((222, 195, 40), (190, 190, 50), (254, 190, 50), (222, 215, 45))


def make_relief(points: NDArray[np.float32]) -> Floats:
    """Return the height above the neck's axis every eight source pixels, 64 x 64, from the face `points`."""
    hair = np.array([(x, y, 55.0) for x, y in _HAIR])
    face = points[:468].astype(np.float64)
    known = np.vstack([face, hair, np.array(_CROWN, dtype=float), np.array(_UNDER_CHIN, dtype=float)])
    field = RBFInterpolator(known[:, :2], _AXIS_DEPTH - known[:, 2], kernel="thin_plate_spline", smoothing=20.0)
    grid = np.stack(np.meshgrid(np.arange(0, 512, 8.0), np.arange(0, 512, 8.0)), axis=-1)
    return np.asarray(field(grid.reshape(-1, 2)).reshape(64, 64), dtype=np.float32)
