"""Start the simulator as a child process: for the demo."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.errors import Problem
from server.payments.simulator.__main__ import SETTINGS_FILE

_MODULE: Final = "server.payments.simulator"


@dataclass(frozen=True)
class RunningSimulator:
    """`settings_file` overrides [payments] and [wechat] of server.toml, through ZHENGGUAN_SERVER_PAYMENTS."""

    process: subprocess.Popen[bytes]
    url: str
    settings_file: Path

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def start_simulator(folder: Path, host: str = "127.0.0.1", port: int = 0) -> RunningSimulator:
    """Start the simulator and return when it listens; it ends with this process. Raises Problem."""
    where = ["--folder", str(folder), "--host", host, "--port", str(port), "--until-eof"]
    command = [sys.executable, "-m", _MODULE, *where]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if process.stdout is None:
        raise RuntimeError("a pipe was requested")
    url = process.stdout.readline().decode().strip()
    if not url:
        raise Problem("server.payments.simulator_ended", code=process.wait())
    return RunningSimulator(process, url, folder.resolve() / SETTINGS_FILE)
