"""The modules loaded before the first portrait; `python -m tests.bench.photo_start` measures the time of a start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kiosk.tools.photo.__main__ import SUBCOMMANDS
from tests.paths import ROOT

pytestmark = pytest.mark.process


def loaded_by(*modules: str) -> set[str]:
    """The names of all modules that a new process has after importing these."""
    program = f"import {', '.join(modules)}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_the_process_that_starts_the_workers_loads_no_library_of_pictures() -> None:
    loaded = loaded_by("kiosk.tools.photo.__main__", "kiosk.tools.photo.make", "kiosk.tools.photo.worker_pool")
    assert "rich.console" in loaded
    assert loaded & {"numpy", "cv2", "PIL", "mediapipe", "numba", "onnxruntime"} == set()


def test_a_worker_loads_nothing_that_only_sheets_or_networks_need() -> None:
    loaded = loaded_by("kiosk.tools.photo.worker")
    assert "numba" in loaded
    unneeded = {
        "kiosk.capture.report.sheet",
        "fpdf",
        "onnxruntime",
        "matplotlib",
        "cffi",
        "yaml",
        "rich",
        "scipy.linalg",
    }
    assert loaded & unneeded == set()


def test_the_help_of_the_command_loads_no_engine() -> None:
    loaded = loaded_by("kiosk.tools.photo.__main__", *(f"kiosk.tools.photo.{name}" for name in SUBCOMMANDS))
    assert "kiosk.tools.photo.check" in loaded
    assert loaded & {"mediapipe", "numba", "scipy", "fpdf"} == set()
