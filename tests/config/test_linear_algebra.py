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
matrix = np.ones((600, 600))
for _ in range(20):
    matrix @ matrix
tasks = [open(f"/proc/self/task/{{task}}/schedstat").read().split() for task in os.listdir("/proc/self/task")]
print(sum(int(fields[0]) > 1_000_000 for fields in tasks) == 1)
"""


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="the library is found through Linux's dynamic linker")
def test_matrices_are_multiplied_in_one_thread() -> None:
    assert _computes_in_one_thread(one=True)


def _computes_in_one_thread(one: bool) -> bool:
    """Return whether only one thread of a process has used more than a millisecond of a processor."""
    code = CODE.format(one=one)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return result.stdout.strip() == "True"


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="the library is found through Linux's dynamic linker")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core: OpenBLAS uses one thread anyway")
def test_without_it_they_are_multiplied_in_several_threads() -> None:
    assert not _computes_in_one_thread(one=False)
