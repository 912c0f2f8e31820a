"""Random faults over simulated visits: `python -m tests.bench.soak --visits 300 --faults 1000 --seed 1`.

Some fifteen minutes for 300 visits and 1,000 faults, most of it waiting for new camera processes. Exits with 1 if a
picture was lost or stored under another name, or a visit was left open.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.soak.run import Soak, SoakResult


def report(result: SoakResult) -> None:
    faults = f"{sum(result.faults.values())} faults ({result.pending_faults} of them did not occur)"
    print(f"{result.visits} visits, {result.accepted} accepted, {faults}, {result.seconds:.0f} s")
    print(f"exposed {result.exposed} pictures: {result.stored} stored with visits, {result.unassigned} unassigned")
    print(f"lost: {len(result.lost)}; under another student's name: {len(result.wrong)}; visits open: {result.open}")
    seconds = np.array(result.recoveries or [0.0])
    middle, high = np.percentile(seconds, (50, 99))
    away = f"median {middle:.2f} s, 99 % {high:.2f} s, most {seconds.max():.2f} s"
    print(f"camera not live {len(result.recoveries)} times, faults included: {away}")
    third = max(1, len(result.loads) // 3)
    for name in ("memory", "descriptors", "threads", "children"):
        values = [getattr(load, name) for load in result.loads]
        print(f"{name}: at most {max(values[:third]):.0f} in the first third, {max(values[-third:]):.0f} in the last")
    for name, times in sorted(result.faults.items()):
        print(f"   {times:4d} x {name}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=300)
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        station_folder = Path(folder) / "station"
        print_line = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
        result = Soak(station_folder, arguments.visits, arguments.faults, arguments.seed, print_line).run()
    report(result)
    return 1 if result.lost or result.wrong or result.open else 0


if __name__ == "__main__":
    sys.exit(main())
