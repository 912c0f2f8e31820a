"""Random faults over simulated visits: `python -m tests.bench.soak --visits 300 --faults 1000 --seed 1`.

Some fifteen minutes for 300 visits and 1,000 faults, most of it waiting for new camera processes. Ends with 1 where a
picture was lost or stored under another name.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.soak.run import Soak, SoakResult


def report(found: SoakResult) -> None:
    faults = f"{sum(found.faults.values())} faults ({found.pending_faults} of them never had their moment)"
    print(f"{found.visits} visits, {found.accepted} accepted, {faults}, {found.seconds:.0f} s")
    print(f"exposed {found.exposed} pictures: {found.stored} kept with visits, {found.unassigned} under nobody's name")
    print(f"lost: {len(found.lost)}; under another student's name: {len(found.wrong)}; visits left open: {found.open}")
    seconds = np.array(found.recoveries or [0.0])
    middle, high = np.percentile(seconds, (50, 99))
    away = f"median {middle:.2f} s, 99 % {high:.2f} s, most {seconds.max():.2f} s"
    print(f"camera away {len(found.recoveries)} times, its faults included: {away}")
    third = max(1, len(found.loads) // 3)
    for name in ("memory", "descriptors", "threads", "children"):
        values = [getattr(load, name) for load in found.loads]
        print(f"{name}: at most {max(values[:third]):.0f} in the first third, {max(values[-third:]):.0f} in the last")
    for name, times in sorted(found.faults.items()):
        print(f"   {times:4d} x {name}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=300)
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "station"
        reported = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
        found = Soak(place, arguments.visits, arguments.faults, arguments.seed, reported).run()
    report(found)
    return 1 if found.lost or found.wrong or found.open else 0


if __name__ == "__main__":
    sys.exit(main())
