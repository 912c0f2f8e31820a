"""The limits that a child process sets for itself before it reads a byte of a foreign picture, and its output."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Final

from config.i18n import values_to_json
from kiosk.capture.types import PhotoProblem

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_MAX_OPEN_FILES: Final = 64  # descriptors

Answer = tuple[dict[str, object], bytes]


def answer_one(parent: int, memory_bytes: int, cpu_seconds: int, answer: Callable[[bytes], Answer]) -> None:
    """Limit this process, read the picture from standard input, and write a line of JSON, then bytes. A PhotoProblem
    becomes `problem` and `values` of the JSON."""
    _end_with_parent(parent)
    _set_limits(memory_bytes, cpu_seconds)
    facts, content = _guarded(answer, sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


def _guarded(answer: Callable[[bytes], Answer], data: bytes) -> Answer:
    try:
        return answer(data)
    except PhotoProblem as problem:
        return {"problem": problem.key, "values": values_to_json(problem.values)}, b""
    except MemoryError:
        return {"problem": "photo.too_costly", "values": {}}, b""


def _end_with_parent(parent: int) -> None:
    """Let the kernel kill this process when the parent exits (prctl(2)); exit if it has already."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _set_limits(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit this process before it reads a byte of the picture. RLIMIT_NPROC is not set: it counts threads as well, of
    which libheif needs some. No decoder here starts a program, which would have no more rights
    (PR_SET_NO_NEW_PRIVS)."""
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _MAX_OPEN_FILES),
    ):
        _, most = resource.getrlimit(limit)
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(limit, (value, value))
