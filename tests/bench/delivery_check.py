"""Processor time of the check for beauty filters before packaging, and its results on portraits of this engine.

Run: python -m tests.bench.delivery_check [FOLDER OF PHOTOGRAPHS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from kiosk.guidance.detection.landmarks import FaceFinder
from server.delivery.beauty_check import assess_portrait
from tests.bench.machine import machine
from tests.bench.own_portraits import own_portraits
from tests.bench.picture_files import photo_folder


def main() -> int:
    print(machine(), flush=True)
    portraits = dict(own_portraits(Path(sys.argv[1]) if len(sys.argv) > 1 else photo_folder()))
    finder, levels, scores = FaceFinder(still=True), Counter[str](), list[float]()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "portrait.jpg"
        path.write_bytes(next(iter(portraits.values())))
        assess_portrait({"portrait": str(path)}, finder)  # the first call loads the network
        before = time.process_time()
        for jpeg in portraits.values():
            path.write_bytes(jpeg)
            assessment = assess_portrait({"portrait": str(path)}, finder)
            levels[f"{assessment['level']} {assessment['unable']}".strip()] += 1
            scores.append(assessment["score"])
        cpu = (time.process_time() - before) / len(portraits)
    middle = sorted(scores)[len(scores) // 2]
    print(f"{len(portraits)} portraits: {1000 * cpu:.1f} s CPU for 1,000; median score {middle:.2f}", flush=True)
    print(", ".join(f"{level}: {count}" for level, count in levels.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
