"""python -m tests.fuzz [--seconds N] [--seed N] [--keep FOLDER] [TARGET ...]: each target in turn, N seconds in all."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.fuzz.runner import UnexpectedError, fuzz
from tests.fuzz.station_api import NAME as STATION_API
from tests.fuzz.station_api import fuzz_station_api
from tests.fuzz.targets import TARGETS

NAMES = (*(target.name for target in TARGETS), STATION_API)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="for all targets together")
    parser.add_argument("--seed", type=int, default=time.time_ns(), help="the same seed tries the same inputs")
    parser.add_argument(
        "--keep", type=Path, default=Path("fuzz-found"), help="folder for inputs that caused an unexpected error"
    )
    parser.add_argument("targets", nargs="*", choices=[[], *NAMES], metavar="TARGET")
    args = parser.parse_args()
    names = args.targets or NAMES
    chosen = [target for target in TARGETS if target.name in names]
    share = args.seconds / len(names)
    print(f"seed {args.seed}, {len(names)} targets", flush=True)
    failed = sum(_run(target, args.seed, share, args.keep) for target in chosen)
    if STATION_API in names:
        failed += fuzz_station_api(args.seed, share)
    return failed and 1


def _run(target, seed: int, seconds: float, keep: Path) -> int:  # type: ignore[no-untyped-def]
    try:
        run = fuzz(target, seed, seconds=seconds)
    except UnexpectedError as error:
        print(f"{target.name:16} {error}\n{'':16} stored in {error.store(keep)}", flush=True)
        return 1
    print(f"{target.name:16} {run.inputs:9} inputs, {run.refused:9} refused, longest {run.longest:.2f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
