"""Cost of `zhengguan photo make` on one photograph, from start to end.

    python -m tests.bench.photo_start PHOTO [--runs 9] [--tree DIR]

Prints processor seconds (user and system, of the command and its worker) and seconds by the clock, as median and range.
`--tree` names another checkout to compare with; the runs of both alternate, so that both have the same load.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.paths import ROOT

Times = tuple[float, float]


def run_once(photo: Path, tree: Path) -> Times:
    """Return the processor seconds and the clock seconds of one run."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "kiosk.tools.photo", "make", str(photo), "--out", out, "--without-network"]
        environment = {**os.environ, "PYTHONPATH": str(tree)}
        subprocess.run(command, cwd=tree, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - began


def report(tree: Path, times: list[Times]) -> None:
    for name, values in zip(("processor", "clock"), zip(*times, strict=True), strict=True):
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{tree}: {name} {middle:.2f} s ({low:.2f} to {high:.2f}, n = {len(values)})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--tree", type=Path, action="append", default=[])
    arguments = parser.parse_args()
    trees = [*(tree.resolve() for tree in arguments.tree), ROOT]
    times: dict[Path, list[Times]] = {tree: [] for tree in trees}
    for turn in range(arguments.runs + 1):
        for tree in trees:
            one = run_once(arguments.photo.resolve(), tree)
            if turn:  # the first run fills the caches
                times[tree].append(one)
    for tree in trees:
        report(tree, times[tree])
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
