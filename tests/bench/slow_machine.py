"""A whole visit on slow machines: `python -m tests.bench.slow_machine`.

Walks through the demo on one core next to a program that uses it fully, and with three and with 0.8 analyses per
second. Prints the time, the station's messages about its speed, and whether the server received the portrait.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.machine import machine

SPIN = "while True: pass"


@dataclass(frozen=True)
class Trial:
    """A walk with at most `rate` analyses per second (None: no limit); `crowded`: on one core with another program."""

    name: str
    rate: float | None = None
    crowded: bool = False


TRIALS = (
    Trial("as it is"),
    Trial("one core, with a busy program", crowded=True),
    Trial("3 analyses per second", rate=3.0),
    Trial("0.8 analyses per second", rate=0.8),
)


@contextmanager
def busy_program(core: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", SPIN])
    os.sched_setaffinity(process.pid, {core})
    try:
        yield
    finally:
        process.kill()
        process.wait()


def walk(trial: Trial, folder: Path) -> int:
    module = ["kiosk.tools.demo"] if trial.rate is None else ["tests.bench.slow_walk", f"{trial.rate}"]
    command = [sys.executable, "-m", *module, "--data", str(folder), "--language", "en"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with (folder / "walk.txt").open("w") as out:
        if not trial.crowded:
            command += [] if trial.rate else ["--walk"]
            return subprocess.run(command, stdout=out, stderr=out, env=environment, check=False).returncode
        core = min(os.sched_getaffinity(0))
        with busy_program(core):
            command = ["taskset", "-c", str(core), *command, "--walk"]
            return subprocess.run(command, stdout=out, stderr=out, env=environment, check=False).returncode


def summarize(folder: Path, code: int) -> str:
    """Return the figures of the output and the log of a walk."""
    lines = (folder / "walk.txt").read_text("utf-8").splitlines()
    rates = re.findall(r"[0-9.]+ analyses per second", (folder / "demo.log").read_text("utf-8"))
    figures = [line for line in lines if re.match(r"(whole visit|shutter to portrait)", line)]
    speed = f"the station logged: {rates[0]}" if rates else "the station logged nothing about its speed"
    ending = [] if code == 0 else lines[-3:]
    return "\n".join(f"    {line}" for line in (*figures, speed, *ending))


def main() -> int:
    print(machine(), flush=True)
    words = sys.argv[1:]
    failed = 0
    for trial in TRIALS:
        if words and not any(word in trial.name for word in words):
            continue
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            code = walk(trial, Path(folder))
            failed += code != 0
            outcome = "portrait on the server" if code == 0 else f"NOT FINISHED (exit {code})"
            load = f"load {os.getloadavg()[0]:.1f}"
            print(f"{trial.name}: {outcome}, {time.monotonic() - began:.0f} s, {load}", flush=True)
            print(summarize(Path(folder), code), flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
