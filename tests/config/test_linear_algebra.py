from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.paths import ROOT

CODE = """
import os
import numpy as np
from config.linear_algebra import use_one_thread
if {one}:
    use_one_thread()
def used():
    tasks = os.listdir("/proc/self/task")
    return {{task: int(open(f"/proc/self/task/{{task}}/schedstat").read().split()[0]) for task in tasks}}
matrix, before = np.ones((600, 600)), used()
for _ in range(60):
    matrix @ matrix
times = sorted(time - before.get(task, 0) for task, time in used().items())
print(times[-1] > 2 * times[-2] if len(times) > 1 else True)
"""


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="the library is found through Linux's dynamic linker")
def test_matrices_are_multiplied_in_one_thread() -> None:
    assert _computes_in_one_thread(one=True)


def _computes_in_one_thread(one: bool) -> bool:
    """Return whether one thread of a process used the processor more than twice as long as any other. Idle threads of
    OpenBLAS wait in a busy loop for some milliseconds."""
    command = [sys.executable, "-c", CODE.format(one=one)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=_environment())
    return result.stdout.strip() == "True"


def _environment() -> dict[str, str]:
    """Return this environment without the number of threads that tests.conftest and some machines set."""
    return {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="the library is found through Linux's dynamic linker")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core: OpenBLAS uses one thread anyway")
def test_without_the_limit_matrices_are_multiplied_in_several_threads() -> None:
    assert not _computes_in_one_thread(one=False)
