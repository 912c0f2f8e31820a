"""Cost of a start of the server: a command on an empty folder, the same again, and the demo up to its first page.

    python -m tests.bench.server_start [--runs 5] [--tree DIR]

Prints processor seconds (user and system, with all child processes), as median and range. `--tree` names another
checkout to compare with; the runs of both alternate, so that both have the same load.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from tests.paths import ROOT

STAGES: Final = ("command on an empty folder", "command again", "demo again, first page")


def run_once(tree: Path) -> list[float]:
    """Return the processor seconds of each stage."""
    with tempfile.TemporaryDirectory() as folder:
        new, demo = Path(folder, "new"), Path(folder, "demo")
        run_demo(tree, demo)
        return [
            processor_time(lambda: start(tree, "pair-code", "--data", str(new)).wait()),
            processor_time(lambda: start(tree, "pair-code", "--data", str(new)).wait()),
            processor_time(lambda: run_demo(tree, demo)),
        ]


def processor_time(work: Callable[[], object]) -> float:
    """Return the processor seconds of the child processes that `work` waits for, and of their child processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start(tree: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ZHENGGUAN", "DJANGO"))}
    command = [sys.executable, "-m", "server.cli", *words]
    return subprocess.Popen(command, cwd=tree, env={**environment, "PYTHONPATH": str(tree)}, stdout=subprocess.DEVNULL)


def run_demo(tree: Path, data: Path) -> None:
    ready = data.with_suffix(".json")
    ready.unlink(missing_ok=True)
    process = start(tree, "demo", "--data", str(data), "--port", "0", "--no-worker", "--ready-file", str(ready))
    while not ready.exists():
        if process.poll() is not None:
            raise SystemExit("The demo did not start.")
        time.sleep(0.05)
    urlopen(json.loads(ready.read_text(encoding="utf-8"))["url"] + "/signin").read()
    process.terminate()
    process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tree", type=Path, action="append", default=[])
    arguments = parser.parse_args()
    trees = [*(tree.resolve() for tree in arguments.tree), ROOT]
    times: dict[Path, list[list[float]]] = {tree: [] for tree in trees}
    for turn in range(arguments.runs + 1):
        for tree in trees:
            one = run_once(tree)
            if turn:  # the first run fills the caches
                times[tree].append(one)
    for tree in trees:
        for stage, values in zip(STAGES, zip(*times[tree], strict=True), strict=True):
            low, middle, high = min(values), statistics.median(values), max(values)
            print(f"{tree}: {stage} {middle:.2f} s ({low:.2f} to {high:.2f}, n = {len(values)})")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
