"""The server's figures, on SQLite and, where it is installed, on PostgreSQL: `make bench-server`.

Run: python -m tests.bench.server [BENCH...]
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.bench.machine import machine
from tests.postgresql_server import new_database, newest_program, postgresql

BENCHES: Final[dict[str, tuple[str, list[list[str]]]]] = {
    "decisions": ("the cost of a decision", [[]]),
    "claims": ("two processes claim 500 submissions", [[]]),
    "clerk_lists": ("the clerk's lists", [["20000"], ["100000"]]),
    "roster": ("20,000 students: import, and a station's download", [[]]),
    "delivery": ("the cost of a delivery", [["1000"]]),
    "review_queue": ("the review queue", [["20000"], ["100000"]]),
}


def main() -> int:
    chosen = sys.argv[1:] or [name for name in BENCHES if Path(__file__).with_name(f"{name}.py").exists()]
    print(machine(), flush=True)
    failed = 0
    with ExitStack() as stack:
        server = stack.enter_context(postgresql()) if newest_program() else None
        for name in chosen:
            title, calls = BENCHES[name]
            for arguments in calls:
                print(f"\n== {title} {' '.join(arguments)}", flush=True)
                failed += _run(name, arguments, "")
                if server is not None:
                    failed += _run(name, arguments, new_database(server, "-".join(["bench", name, *arguments])))
    return 1 if failed else 0


def _run(name: str, arguments: list[str], database: str) -> bool:
    """Run the benchmark on this database, SQLite if it is empty; return whether it failed."""
    print(f"  -- {'PostgreSQL' if database else 'SQLite'}", flush=True)
    environment = {**os.environ, "ZHENGGUAN_SERVER_DATABASE": database}
    command = [sys.executable, "-m", f"tests.bench.{name}", *arguments]
    result = subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, check=False)
    if result.returncode:
        print(f"   failed; see the error with {' '.join(command[1:])}")
    return result.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
