"""pymatting is imported in one place, without the functions that nothing here calls."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.paths import ROOT

CODE = """
import sys
from kiosk.capture.matting import pymatting_functions
print(sorted(name for name in sys.modules if name.startswith("pymatting")))
import pymatting
print(all(getattr(pymatting, name) is getattr(pymatting_functions, name) for name in pymatting_functions.__all__))
"""


@pytest.mark.process
def test_the_engine_s_functions_are_pymatting_s_own_and_the_others_are_not_loaded() -> None:
    # Without the compiler, which needs 40 s of a processor for the functions of the whole package.
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    result = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded, same = result.stdout.splitlines()
    assert loaded == str(
        [
            "pymatting.foreground.estimate_foreground_ml",
            "pymatting.solver.cg",
        ]
    )
    assert same == "True"
