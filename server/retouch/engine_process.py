"""Requests to the process of the photo engine, from the worker."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from config.errors import Problem
from config.i18n import values_from_json
from config.machine_speed import scale_timeout

_CHILD_MODULE: Final = "server.retouch.engine_child"
_TIMEOUT_S: Final = 60.0  # on an idle machine a job takes two seconds, and loading the engine five
_SECRETS: Final = ("ZHENGGUAN_SERVER_KEYS", "CREDENTIALS_DIRECTORY")  # the engine needs no key
log = logging.getLogger(__name__)


class EngineProcess:
    """The engine's process: started when it is needed, and again after it has ended; one request at a time."""

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-P", "-m", _CHILD_MODULE)) -> None:
        self._command = command
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def request(self, request: Mapping[str, Any], on_stage: Callable[[str], None]) -> dict[str, Any]:
        """Return the engine's answer; `on_stage` gets the names of its steps.

        Raises Problem: those of the engine, or retouch_page.engine_stopped if the process crashed or took too long.
        """
        with self._lock:
            return self._answer(request, on_stage)

    def _answer(self, request: Mapping[str, Any], on_stage: Callable[[str], None]) -> dict[str, Any]:
        process = self._running()
        timer = threading.Timer(scale_timeout(_TIMEOUT_S), process.kill)
        timer.start()
        try:
            answer = self._exchange(process, request, on_stage)
        except (OSError, ValueError) as error:
            log.warning("the photo engine: %s", error)
            answer = None
        finally:
            timer.cancel()
        if answer is None:
            self.close()
            raise Problem("retouch_page.engine_stopped")
        if "problem" in answer:
            raise Problem(answer["problem"], **values_from_json(answer["values"]))
        return answer

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # a request that the process has not read any more
                if pipe is not None:
                    pipe.close()
        process.kill()
        process.wait()

    def _exchange(
        self, process: subprocess.Popen[str], request: Mapping[str, Any], on_stage: Callable[[str], None]
    ) -> dict[str, Any] | None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            message = json.loads(line, parse_constant=lambda _: None)  # the database stores no NaN
            if "answer" in message:
                answer: dict[str, Any] = message["answer"]
                return answer
            on_stage(message["stage"])
        return None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            environment = {name: value for name, value in os.environ.items() if name not in _SECRETS}
            environment["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                text=True,
                encoding="utf-8",
            )
        return self._process


ENGINE: Final = EngineProcess()
"""The engine's process of this worker."""
