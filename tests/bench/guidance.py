"""How long guidance takes from a live frame to its hint: `python -m tests.bench.guidance`."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from config.opencv import cv2
from config.standard import standard
from kiosk.guidance.guide import Guide
from kiosk.guidance.landmarks import LIVE_SIDE, FaceFinder, reduced
from kiosk.guidance.measures import measure
from tests.guidance.pictures import Pixels, placed

FRAMES = 200
WARM_UP = 20


def machine() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    model = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{model}, {os.cpu_count()} cores{load}, Python {platform.python_version()}, {platform.system()}"


def frames() -> list[Pixels]:
    """A sitter who drifts a little, with a sensor's noise: 1280x960."""
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 2, (960, 1280, 3))
    drift = [(640 + 6 * np.sin(k / 5), 380 + 3 * np.cos(k / 7)) for k in range(20)]
    return [np.clip(placed(eyes=eyes) + noise, 0, 255).astype(np.uint8) for eyes in drift]


def timed(name: str, work: Callable[[int], object]) -> float:
    """Prints the milliseconds of FRAMES calls, after WARM_UP more; answers the processor's share, which other programs
    on a busy machine change least."""
    spent, busy = [], 0.0
    for number in range(WARM_UP + FRAMES):
        if number == WARM_UP:
            busy = time.process_time()
        began = time.perf_counter()
        work(number)
        spent.append((time.perf_counter() - began) * 1000)
    busy = (time.process_time() - busy) * 1000 / FRAMES
    p50, p95 = np.percentile(spent[WARM_UP:], (50, 95))
    print(f"{name:30s} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   processor {busy:5.1f} ms")
    return busy


def main() -> int:
    cv2.setNumThreads(1)
    pictures = frames()
    guide, finder = Guide(standard("chsi")), FaceFinder(still=False)
    sightings = [finder.find(picture) for picture in pictures]
    small = [reduced(picture, LIVE_SIDE) for picture in pictures]
    print(f"guidance, 1280x960 frames, {FRAMES} each; {machine()}")
    whole = timed("frame -> hint (Guide.look)", lambda k: guide.look(pictures[k % 20], k / 30))
    nets = timed("  of it MediaPipe", lambda k: finder.find(small[k % 20]))
    timed("  of it measures", lambda k: measure(pictures[k % 20], sightings[k % 20]))
    print(f"MediaPipe's share of the processor: {nets / whole:.0%}")
    guide.close()
    finder.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
