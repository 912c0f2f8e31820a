"""The process of the photo engine: it reads requests, one line of JSON each, and answers with lines of JSON.

It keeps the engine out of the worker: libraries of half a gigabyte, native code that may crash, and pictures that were
edited elsewhere. It ends when its input ends, or after ten minutes without a request.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import resource
import signal
import sys
from typing import IO, Any, Final

from config.errors import Problem
from config.i18n import values_to_json

IDLE_S: Final = 600
ENGINE_MODULES: Final = ("mediapipe", "cv2", "pymatting")
log = logging.getLogger(__name__)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would contain faces
    answers = _take_stdout()
    work: Any = None
    for line in _lines(sys.stdin):
        request = json.loads(line)
        try:
            if work is None:
                work = _load_engine()
            answer = work.run(request, lambda stage: _write(answers, {"stage": stage}))
        except Problem as problem:
            answer = {"problem": problem.key, "values": values_to_json(problem.values)}
        except Exception:  # with foreign recipes and pictures, the libraries may raise any exception
            log.exception("a job failed")
            answer = {"problem": "retouch_page.job_failed", "values": {}}
        _write(answers, {"answer": answer})


def engine_is_installed() -> bool:
    """Whether the libraries of the extra `engine` are installed; none of them is loaded."""
    return all(importlib.util.find_spec(name) is not None for name in ENGINE_MODULES)


def _take_stdout() -> IO[str]:
    """Keep the standard output for answers; the output of native code goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _lines(source: IO[str]) -> Any:
    """Yield the requests. SIGALRM ends this process if none comes for IDLE_S."""
    while True:
        signal.alarm(IDLE_S)
        line = source.readline()
        signal.alarm(0)
        if not line:
            return
        yield line


def _load_engine() -> Any:
    """Load the engine. Raises Problem retouch_page.engine_missing on a server without the extra `engine`."""
    if not engine_is_installed():
        raise Problem("retouch_page.engine_missing")
    from server.retouch.engine_work import EngineWork

    return EngineWork()


def _write(answers: IO[str], message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
