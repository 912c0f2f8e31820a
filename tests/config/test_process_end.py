"""A process ends with its own exit code, whatever its native libraries do at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from config.process_end import FLUSH_FAILED

pytestmark = pytest.mark.process

CRASHES_WHEN_DESTROYED = """
import atexit, ctypes, sys
from config.process_end import exit_process

class Native:
    def __del__(self, read=ctypes.string_at):
        read(0)

library = Native()
atexit.register(print, "exit function", end="")
print("output", end=" ")
"""


def run(last_line: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CRASHES_WHEN_DESTROYED + last_line]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)


@pytest.mark.parametrize("code", [0, 3])
def test_a_crashing_destructor_does_not_change_the_exit_code(code: int) -> None:
    result = run(f"exit_process({code})")
    assert (result.returncode, result.stdout) == (code, "output exit function")


def test_the_destructor_crashes_at_the_usual_end() -> None:
    assert run("sys.exit(0)").returncode == -signal.SIGSEGV


def test_output_that_cannot_be_written_is_an_error() -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-c", "from config.process_end import exit_process; print('x'); exit_process(0)"]
        buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
        assert subprocess.run(command, stdout=full, env=buffered, check=False).returncode == FLUSH_FAILED
