"""A simulated DSLR in a separate process, for tests, the demo and the table of faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any, Final, Self

from hardware.simulators.simulator import Simulator

_END_TIMEOUT_S: Final = 10.0


class SimulatedDslr(Simulator):
    """Runs `python -m hardware.simulators.ptp_camera` in its `with` block; the package lists its commands.

    Raises RuntimeError if the camera cannot start. Used from one thread at a time.
    """

    def __init__(self, *arguments: str, port: int = 0) -> None:
        self._arguments = arguments
        self.port = port
        self._process: subprocess.Popen[str] | None = None

    @property
    def path(self) -> str:
        """libgphoto2's name of the port: the events use the same TCP port as the responses."""
        return f"ptpip:127.0.0.1:{self.port}:{self.port}"

    @property
    def pid(self) -> int:
        return self._running().pid

    def start(self) -> Self:
        """Start it, on the same port if it ran before, and wait until it listens."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "hardware.simulators.ptp_camera", "--port", str(self.port), *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
            process_group=0,
        )
        line = self._line()
        if not line.isdecimal():
            self.stop()
            raise RuntimeError(f"the simulated camera did not start: {line or 'no output'}")
        self.port = int(line)
        return self

    def send_command(self, line: str) -> str:
        """Write one control line and return the answer. Raises ValueError for an unknown line."""
        process = self._running()
        assert process.stdin is not None
        process.stdin.write(line + "\n")
        process.stdin.flush()
        answer = self._line()
        if not answer or answer.startswith("no: "):
            raise ValueError(answer or "the simulated camera has ended")
        return answer

    def status(self) -> dict[str, Any]:
        """Return its state. taken: whether it has an initiator; busy; files: their names on card and in memory;
        settings: by their names in codes.Property; requests: the number of requests by operation (codes.Operation)."""
        return dict(json.loads(self.send_command("status")))

    def unplug(self) -> None:
        self.send_command("unplug")

    def plug(self) -> None:
        self.send_command("plug")

    def reset(self) -> None:
        """Reset to the state at the start: unplug, empty card, first settings, no faults, plug in."""
        self.send_command("renew")

    def kill(self) -> None:
        """Kill the process like a power cut; `start` starts a new one, with an empty card, on the same port."""
        process = self._running()
        process.send_signal(signal.SIGKILL)
        self._close_pipes(process)

    def stop(self) -> None:
        process = self._process
        if process is None:
            return
        if process.stdin is not None and process.poll() is None:
            process.stdin.close()  # the process ends when its stdin is closed
        try:
            process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
        self._close_pipes(process)

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise ValueError("the simulated camera is not running")
        return self._process

    def _line(self) -> str:
        process = self._running()
        assert process.stdout is not None
        return process.stdout.readline().strip()

    def _close_pipes(self, process: subprocess.Popen[str]) -> None:
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
        self._process = None
