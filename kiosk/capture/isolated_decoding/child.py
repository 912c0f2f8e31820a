"""The child process of kiosk.capture.isolated_decoding.decoder: it limits itself, decodes one picture and exits.

The picture is its standard input. The output is a line of JSON, then the bytes of the preview.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from typing import Final

import pillow_heif  # noqa: F401 - config.image_file imports it when it is needed; here once for all pictures
from PIL import Image

from kiosk.capture.isolated_decoding.preview_rendering import make_preview
from kiosk.capture.types import PhotoProblem

Image.init()  # loads the plugins of all formats, for the same reason

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_MAX_OPEN_FILES: Final = 64  # descriptors


def main(parent: int, memory_bytes: int, cpu_seconds: int, max_side: int) -> None:
    _die_with_parent(parent)
    _set_limits(memory_bytes, cpu_seconds)
    answer, preview = _answer(sys.stdin.buffer.read(), max_side)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + preview)
    sys.stdout.buffer.flush()


def _die_with_parent(parent: int) -> None:
    """Let the kernel kill this process when the parent exits (prctl(2)); exit if it has already."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _set_limits(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit this process before it reads a byte of the picture. RLIMIT_NPROC counts threads as well, and libheif needs
    some; no decoder here starts a program, and a started one would have no more rights (PR_SET_NO_NEW_PRIVS)."""
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


def _answer(data: bytes, max_side: int) -> tuple[dict[str, object], bytes]:
    try:
        made = make_preview(data, max_side)
    except PhotoProblem as problem:
        return {"problem": problem.key, "values": {name: str(value) for name, value in problem.values.items()}}, b""
    except MemoryError:
        return {"problem": "photo.too_costly", "values": {}}, b""
    return {"kind": made.kind.value, "size": made.size, "damage": made.problem}, made.jpeg
