"""The end of a process that has used native libraries."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import Final, NoReturn

FLUSH_FAILED: Final = 120
"""The exit code of Python itself when it cannot write the rest of its output."""


def exit_process(code: int) -> NoReturn:
    """Run the exit functions and write the output, then end without the destructors of native libraries.

    Qt, MediaPipe, ONNX Runtime and OpenCV have their own threads and static objects. At the end of the interpreter they
    are destroyed in no fixed order: on a busy machine some processes that had stored everything ended with SIGSEGV
    instead of their exit code. Close windows, devices and databases before. The garbage collector is disabled, because
    it would destroy such objects too.
    """
    gc.disable()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or FLUSH_FAILED
    os._exit(code)
