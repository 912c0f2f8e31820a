"""A whole visit without the person's own time: `python -m tests.bench.visit [RUNS]`."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

MACHINE_TIME = ("card on reader to name on screen", "shutter to portrait on screen", "continue to receipt on screen")


def walk(folder: Path) -> dict[str, float]:
    """Return the seconds of one walk through the demo, by milestone."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    command = [sys.executable, "-m", "kiosk.tools.demo", "--data", str(folder)]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return dict(json.loads((folder / "seconds.json").read_text(encoding="utf-8")))


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        visits = [walk(Path(folder) / str(run)) for run in range(runs)]
    print(f"{'milestone':<40} {'median':>8} {'worst':>8}   of {runs} visits, seconds")
    for name in [name for name in visits[0] if all(name in seconds for seconds in visits)]:
        values = [seconds[name] for seconds in visits]
        print(f"{name:<40} {statistics.median(values):8.2f} {max(values):8.2f}")
    sums = [sum(seconds[name] for name in MACHINE_TIME) for seconds in visits]
    print(f"{'visit without the person: their sum':<40} {statistics.median(sums):8.2f} {max(sums):8.2f}")
    print("(the simulated camera's own shutter and transfer, 0.55 s for each of two shots, are part of it)")


if __name__ == "__main__":
    main()
