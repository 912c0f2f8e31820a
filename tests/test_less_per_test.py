"""Only work that a test does not need is skipped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.less_per_test import MARKS
from tests.paths import ROOT

TESTS = """
import pytest

@pytest.fixture
def printing():
    print("printed before")
    yield
    print("printed after")

@pytest.fixture
def broken_before():
    raise LookupError("before")

@pytest.fixture
def broken_after():
    yield
    raise LookupError("after")

def test_passes():
    pass

def test_fails(printing):
    assert not "in between"

def test_fails_before(broken_before):
    pass

def test_fails_after(broken_after):
    pass

@pytest.mark.skip(reason="not now")
def test_is_skipped():
    pass
"""


def test_a_test_gets_no_idle_fixture_of_django(request: pytest.FixtureRequest) -> None:
    assert not {*MARKS, "_django_setup_unittest", "_live_server_helper"} & set(request.fixturenames)


@pytest.mark.process
def test_a_worker_reports_what_was_printed_and_every_test_that_did_not_pass(tmp_path: Path) -> None:
    (tmp_path / "test_reports.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="ascii")
    words = [sys.executable, "-m", "pytest", "-p", "tests.less_per_test", "-p", "no:cacheprovider", "-n", "1", "-rA"]
    done = subprocess.run([*words, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "1 failed, 2 passed, 1 skipped, 2 errors" in done.stdout, done.stdout + done.stderr
    assert {"printed before", "printed after", "LookupError: before", "LookupError: after"} <= {
        line.removeprefix("E").strip() for line in done.stdout.splitlines()
    }
