"""MediaPipe is imported in one place, without matplotlib and mediapipe.tasks."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

HOME = Path("kiosk/guidance/detection/mediapipe_solutions.py")


def imported_modules(code: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(code)))
    froms = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return froms | {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}


def test_mediapipe_is_imported_in_one_place() -> None:
    files = [file for package in ("config", "hardware", "kiosk", "server") for file in (ROOT / package).rglob("*.py")]
    codes = {file.relative_to(ROOT): file.read_text("utf-8") for file in files}
    named = {file: code for file, code in codes.items() if "mediapipe" in code}  # parsing all takes two seconds
    found = {file for file, code in named.items() if any(m.startswith("mediapipe") for m in imported_modules(code))}
    assert found == {HOME}


@pytest.mark.process
def test_the_face_finder_loads_neither_and_leaves_no_placeholder() -> None:
    code = (
        "import sys, kiosk.guidance.detection.landmarks;"
        "print([name for name in sys.modules if name.startswith(('matplotlib', 'mediapipe.tasks'))])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"
