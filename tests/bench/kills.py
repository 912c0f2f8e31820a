"""kill -9 of the kiosk at every step between shutter and the server's response: `python -m tests.bench.kills`.

The test suite includes only some of the steps, because each takes a whole visit.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from tests.bench.machine import machine
from tests.faults import test_kill
from tests.faults.visit_child import STEPS


def main() -> int:
    print(machine(), flush=True)
    test_kill.IN_THE_SUITE = STEPS
    with tempfile.TemporaryDirectory() as folder:
        code = pytest.main(
            [str(Path(test_kill.__file__)), "-q", "-p", "no:cacheprovider", f"--basetemp={folder}/visits"]
        )
    verdict = "no visit lost or duplicated" if code == 0 else "FAILED"
    print(f"killed at {', '.join(STEPS)}: {verdict}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
