"""Starts of the station on damaged copies of an outbox with 20 unsent visits: `python -m tests.bench.damaged_outbox`.

150 flipped bits, 40 zeroed pages, 40 cut-off ends, 40 flipped bits in the file's header. After the start on each copy
every photo must exist and every visit must be queued.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.kiosk.upload.damaged_copies import ALL, problems


def main() -> int:
    logging.disable(logging.CRITICAL)
    began, count = time.perf_counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        for problem in problems(ALL, Path(folder)):
            count += 1
            print(problem, flush=True)
    print(f"{len(ALL)} damaged copies, {count} with problems, {time.perf_counter() - began:.0f} s")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
