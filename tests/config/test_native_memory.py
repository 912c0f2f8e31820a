from __future__ import annotations

import subprocess
import sys

import pytest

from tests.paths import ROOT

CODE = """
import ctypes, threading
from config.native_memory import share_one_arena
if {shared}:
    share_one_arena()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
addresses = []
thread = threading.Thread(target=lambda: addresses.append(libc.malloc(1000)))
thread.start()
thread.join()
addresses.append(libc.malloc(1000))
print(max(addresses) - min(addresses) < 1 << 32)
"""

FAULTS = """
import resource
import numpy as np
from config.native_memory import keep_freed_memory
if {keep}:
    keep_freed_memory()
def fill():
    pictures = [np.ones(3 << 20, np.uint8) for _ in range(10)]
fill()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
fill()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 500)
"""


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="the options are glibc's")
@pytest.mark.parametrize("keep", [True, False])
def test_freed_memory_is_reused_for_the_next_pictures(keep: bool) -> None:
    """30 MB are 7,500 pages, which are faults unless the memory is reused."""
    code = FAULTS.format(keep=keep)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == str(keep)


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="arenas are glibc's")
@pytest.mark.parametrize("shared", [True, False])
def test_a_thread_allocates_where_the_first_one_does(shared: bool) -> None:
    code = CODE.format(shared=shared)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == str(shared)
