"""The threads of NumPy's linear algebra (OpenBLAS)."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

import numpy as np

_SETTERS: Final = ("openblas_set_num_threads64_", "scipy_openblas_set_num_threads64_", "openblas_set_num_threads")
"""The names of the function in NumPy 1, in NumPy 2 and in a distribution's OpenBLAS."""


def use_one_thread() -> None:
    """Let OpenBLAS compute in the thread that calls it, where NumPy's library of the process can be found (Linux).

    OpenBLAS divides even a matrix of 2 x 2 among threads, and each thread waits for the next work with its core at full
    load for some milliseconds: the other core then computes a third slower. All matrices of this project are small.
    With one thread, sums have the same bits on any number of cores.
    """
    if sys.platform == "linux":
        library = ctypes.CDLL(str(np.linalg._umath_linalg.__file__))  # type: ignore[attr-defined]
        # A search in the library also searches the libraries that it links.
        setter = next((getattr(library, name) for name in _SETTERS if hasattr(library, name)), None)
        if setter is not None:
            setter(1)
