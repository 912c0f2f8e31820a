"""A run whose worker crashed prints where it crashed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash_report import FOLDER, shortened
from tests.paths import ROOT

CRASH = """
import os

def test_before():
    pass

def test_crashes():
    crash_here()

def crash_here():
    os.abort()
"""
STACKS = """Fatal Python error: Segmentation fault

Thread 0x00007f (most recent call first):
  File "/venv/execnet/gateway_base.py", line 534 in read

Current thread 0x00007a (most recent call first):
  File "/project/kiosk/ui/base.py", line 66 in required_height
  File "/venv/_pytest/runner.py", line 123 in pytest_runtest_call
  File "<frozen runpy>", line 88 in _run_code

Extension modules: PyQt5.QtCore (total: 1)
"""


def test_frames_of_the_test_runner_are_left_out() -> None:
    assert shortened(STACKS) == [
        "Fatal Python error: Segmentation fault",
        "Thread 0x00007f (most recent call first):",
        "Current thread 0x00007a (most recent call first):",
        '  File "/project/kiosk/ui/base.py", line 66 in required_height',
    ]


@pytest.mark.process
def test_a_run_reports_where_its_worker_crashed(tmp_path: Path) -> None:
    (tmp_path / "test_crash.py").write_text(CRASH, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="ascii")
    before = set(FOLDER.glob("*"))
    words = [sys.executable, "-m", "pytest", "-p", "tests.crash_report", "-p", "no:cacheprovider", "-n", "1"]
    done = subprocess.run(
        [*words, "--max-worker-restart", "0", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    summary = done.stdout.partition("crash of worker gw0")[2]
    assert "Fatal Python error: Aborted" in summary, done.stdout + done.stderr
    assert "in crash_here" in summary
    assert "in test_crashes" in summary
    assert "_pytest" not in summary.partition("short test summary")[0]
    assert not {path for path in set(FOLDER.glob("*")) - before if "gw0" in path.name}
