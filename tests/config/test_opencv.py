"""OpenCV and Qt in one process, whichever is imported first."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from config.opencv import cv2
from tests.paths import ROOT

PRINT_VARIABLES = (
    "import json, os; print(json.dumps([os.environ.get(n) for n in ('QT_QPA_PLATFORM_PLUGIN_PATH', 'QT_QPA_FONTDIR')]))"
)
ORDERS = {
    "ours alone": "from config.opencv import cv2",
    "cv2 before ours": "import cv2; from config.opencv import cv2",
    "ours twice": "from config.opencv import cv2; import cv2",
}


def variables_after(program: str, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    result = subprocess.run(
        [sys.executable, "-c", f"{program}\n{PRINT_VARIABLES}"],
        env={**clean, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


@pytest.mark.process
def test_opencv_alone_changes_the_variables() -> None:
    """Control: without config.opencv the fault occurs (in the wheels that are not headless)."""
    if cv2.version.headless:
        pytest.skip("this is a headless OpenCV, which does not change the variables of Qt")
    assert "cv2" in variables_after("import cv2")


@pytest.mark.process
@pytest.mark.parametrize("program", ORDERS.values(), ids=ORDERS)
def test_no_variable_of_qt_points_at_opencv(program: str) -> None:
    assert variables_after(program) == "[null, null]"


@pytest.mark.process
def test_a_variable_that_an_operator_has_set_is_kept() -> None:
    assert variables_after(ORDERS["ours alone"], QT_QPA_FONTDIR="/opt/fonts") == '[null, "/opt/fonts"]'
