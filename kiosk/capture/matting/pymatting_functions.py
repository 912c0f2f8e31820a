"""pymatting's functions that the engine uses, imported without the others: import them from here and nowhere else.

pymatting's packages import all their modules, whose functions numba compiles when they are first imported after the
installation, and loads from its cache at each later start. That takes 45 s and 1.0 s of a processor; these modules
alone take 13 s and 0.6 s. Empty packages therefore replace pymatting's own during the import.

numba imports cffi, yaml and scipy.linalg where they are installed, in 0.2 s, for functions in C, a settings file and
matrix products, which the engine does not use. They are hidden during the import.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

_PACKAGES: Final = ("", ".foreground", ".solver")


def _empty_packages() -> dict[str, ModuleType]:
    """Return a package for each of pymatting's that is not imported yet: it finds the same modules and imports none."""
    spec = importlib.util.find_spec("pymatting")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("No module named 'pymatting'", name="pymatting")
    packages = {}
    for suffix in _PACKAGES:
        name = f"pymatting{suffix}"
        if name not in sys.modules:
            packages[name] = ModuleType(name)
            packages[name].__path__ = [str(Path(spec.origin).parent / suffix.removeprefix("."))]
    return packages


_hidden = {name: None for name in ("cffi", "yaml", "scipy.linalg") if name not in sys.modules}
_placeholders: dict[str, ModuleType | None] = {**_empty_packages(), **_hidden}
sys.modules.update(_placeholders)  # type: ignore[arg-type]
try:
    from numba import njit as njit
    from pymatting.foreground.estimate_foreground_ml import estimate_foreground_ml
    from pymatting.solver.cg import cg
finally:
    for name in _placeholders:
        del sys.modules[name]

__all__ = ["cg", "estimate_foreground_ml"]
