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


def timed(work: Callable[[int], object]) -> np.ndarray:
    """Milliseconds of FRAMES calls, after WARM_UP more."""
    spent = []
    for number in range(WARM_UP + FRAMES):
        began = time.perf_counter()
        work(number)
        spent.append((time.perf_counter() - began) * 1000)
    return np.array(spent[WARM_UP:])


def report(name: str, spent: np.ndarray) -> None:
    print(f"{name:34s} p50 {np.percentile(spent, 50):6.1f} ms   p95 {np.percentile(spent, 95):6.1f} ms")


def main() -> int:
    cv2.setNumThreads(1)
    pictures = frames()
    guide, finder = Guide(standard("chsi")), FaceFinder(still=False)
    sightings = [finder.find(picture) for picture in pictures]
    small = [reduced(picture, LIVE_SIDE) for picture in pictures]
    print(f"guidance, 1280x960 frames, {FRAMES} each; {machine()}")
    whole = timed(lambda k: guide.look(pictures[k % 20], k / 30))
    report("frame -> hint (Guide.look)", whole)
    nets = timed(lambda k: finder.find(small[k % 20]))
    report("  of it MediaPipe", nets)
    report("  of it measures", timed(lambda k: measure(pictures[k % 20], sightings[k % 20])))
    print(f"MediaPipe's share {np.median(nets) / np.median(whole):.0%}")
    guide.close()
    finder.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
