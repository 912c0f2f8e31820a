"""The demo's server in a separate process: start, query, stop."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from hardware.child_process import die_with_parent
from kiosk.tools.demo.waiting import WaitFor

SERVER_COMMAND: Final = [sys.executable, "-m", "server.cli"]
SERVER_TIMEOUT_S: Final = 60.0  # seconds, on an idle machine, for migrations, 200 students and the first response
_LOG: Final = "server.log"


@dataclass(frozen=True)
class DemoServer:
    """A running demo server and the information that it printed."""

    process: subprocess.Popen[bytes]
    url: str
    pairing_code: str
    cards: Path
    reviewer: str
    password: str = field(repr=False)
    data: Path
    home_page: str
    at_home: str
    sms_codes: Path

    def stored_submission(self, submission: str) -> dict[str, Any]:
        """Return the server's data of a submission, with hashes computed from the stored files."""
        result = subprocess.run(
            [*SERVER_COMMAND, "show", submission, "--json", "--data", str(self.data)],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise Problem("demo.not_stored", id=submission, why=result.stderr.strip())
        return dict(json.loads(result.stdout.strip().splitlines()[-1]))

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_server(
    folder: Path,
    port: int,
    host: str = "127.0.0.1",
    print_line: Callable[[str], None] = lambda line: None,
    payment_required: str = "never",
) -> DemoServer:
    """Start the bundled server with its demo campaign; return when it is ready. Raises Problem.

    `payment_required` is the campaign's rule, such as before_delivery.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    options = ["--data", str(folder), "--host", host, "--port", str(port), "--ready-file", str(ready)]
    process = _launch([*SERVER_COMMAND, "demo", *options, "--payment-required", payment_required], folder / _LOG)
    _wait_until_ready(process, ready, folder / _LOG, print_line)
    return _read_facts(process, ready)


def _launch(command: list[str], log_file: Path) -> subprocess.Popen[bytes]:
    """Start the process; it ends with the demo, even if the X server ends the demo."""
    with log_file.open("ab") as output:
        return subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )


def _wait_until_ready(
    process: subprocess.Popen[bytes], ready: Path, log_file: Path, print_line: Callable[[str], None]
) -> None:
    waiting = WaitFor("the server", ready.exists, SERVER_TIMEOUT_S)
    while not waiting.condition():
        if process.poll() is not None or waiting.is_overdue():
            process.kill()
            raise Problem("demo.server", log=str(log_file))
        waiting.print_if_long(print_line)
        time.sleep(0.05)


def _read_facts(process: subprocess.Popen[bytes], ready: Path) -> DemoServer:
    """Read the file that the server writes when it is ready."""
    facts = json.loads(ready.read_text(encoding="utf-8"))
    return DemoServer(
        process,
        facts["url"],
        facts["pairing_code"],
        Path(facts["cards"]),
        facts["reviewer"],
        facts["password"],
        Path(facts["data"]),
        facts["home_page"],
        facts["at_home"],
        Path(facts["sms_codes"]),
    )
