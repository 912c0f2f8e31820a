"""Every damaged copy of an outbox with 20 unsent visits: `python -m tests.bench.damaged_outbox`.

150 flipped bits, 40 zeroed pages, 40 cut-off ends, 40 flipped bits in the file's header. After the start on each copy
every photo must be there and every visit queued.
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
    began, found = time.perf_counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        for said in problems(ALL, Path(folder)):
            found += 1
            print(said, flush=True)
    print(f"{len(ALL)} damaged copies, {found} not as they should be, {time.perf_counter() - began:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
