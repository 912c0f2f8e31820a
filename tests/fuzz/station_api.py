"""Requests generated from the description of the station API: the suite's tests with more and other requests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Final

from tests.bench.install_size import ROOT

NAME: Final = "station_api"
EXAMPLES: Final = 40
_TESTS: Final = "tests/server/stations/test_api_schema.py"


def fuzz_station_api(seed: int, seconds: float) -> int:
    """Send rounds of `EXAMPLES` requests of each operation until the time is over; return 0 if there was no failure.

    At least one round, and each completely.
    """
    until, rounds = time.monotonic() + seconds, 0
    while not rounds or time.monotonic() < until:
        rounds += 1
        round_seed = (seed + rounds) % (1 << 32)
        done = _round(round_seed)
        if done.returncode != 0:
            print(f"{NAME:16} seed {round_seed}\n{done.stdout}{done.stderr}", flush=True)
            return 1
    print(f"{NAME:16} {rounds:9} rounds of {EXAMPLES} requests of each operation", flush=True)
    return 0


def _round(seed: int) -> subprocess.CompletedProcess[str]:
    variables = {"ZHENGGUAN_FUZZ_EXAMPLES": str(EXAMPLES), "ZHENGGUAN_FUZZ_SEED": str(seed)}
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", f"--hypothesis-seed={seed}", _TESTS]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True)
