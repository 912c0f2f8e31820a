"""A test that starts a process has to be marked, or it fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

pytestmark = pytest.mark.process

TESTS = """
import multiprocessing, os, subprocess, sys, threading
import pytest
from tests.process_guard import processes_allowed

def start():
    subprocess.run([sys.executable, "-c", ""])

def fork():
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)

def by_multiprocessing():
    process = multiprocessing.get_context("spawn").Process(target=print)
    process.start()
    process.join()

def in_a_thread():
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()

def error_ignored():
    try:
        subprocess.run(["/nowhere/program"])
    except OSError:
        pass

WAYS = [start, fork, by_multiprocessing, in_a_thread, error_ignored, lambda: os.system("true")]

@pytest.mark.parametrize("way", WAYS)
def test_unmarked(way):
    way()

@pytest.fixture
def started():
    start()

def test_unmarked_fixture(started):
    pass

@pytest.mark.process
@pytest.mark.parametrize("way", WAYS)
def test_marked(way):
    way()

def test_preparation():
    with processes_allowed():
        start()

def test_none():
    pass
"""


WAYS = ("start", "fork", "by_multiprocessing", "in_a_thread", "error_ignored", "<lambda>")


def test_a_test_that_starts_a_process_without_the_mark_fails(tmp_path: Path) -> None:
    (tmp_path / "test_ways.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = process\n", encoding="ascii")
    words = [sys.executable, "-m", "pytest", "-p", "tests.process_guard", "-p", "no:cacheprovider", "-rA", "-q"]
    done = subprocess.run(
        [*words, "--rootdir", str(tmp_path), str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    outcomes = {
        (line.split()[0], line.split("::")[1].split(" - ")[0]) for line in done.stdout.splitlines() if "::" in line
    }
    assert outcomes == {
        *(("PASSED", f"test_marked[{way}]") for way in WAYS),
        *(("FAILED", f"test_unmarked[{way}]") for way in WAYS),
        ("ERROR", "test_unmarked_fixture"),
        ("PASSED", "test_preparation"),
        ("PASSED", "test_none"),
    }
