"""Time from a live frame to its hint, and processor time of guidance: `python -m tests.bench.guidance`.

`--soak FRAMES` also analyzes that many frames and prints the growth of memory. The time of guidance itself is that of
the analysing thread outside MediaPipe's `process`: reading the results, metrics, verdicts, coach, everything.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from config.arrays import Pixels
from config.opencv import cv2
from config.standards.registry import load_standard
from kiosk.guidance.detection import mediapipe_solutions  # noqa: F401 - must precede solution_base
from kiosk.guidance.live import LiveGuidance
from tests.bench.machine import machine
from tests.kiosk.guidance.pictures import place_astronaut

# isort: split
from mediapipe.python.solution_base import SolutionBase

FRAMES: Final = 300
WARM_UP: Final = 30
FRAMES_PER_SECOND: Final = 30  # of a live view
TARGET_MS: Final = 150
TARGET_SHARE: Final = 0.30
_MEGABYTE: Final = 2**20


@dataclass
class _NetTime:
    """Thread time within MediaPipe on the analysing thread."""

    seconds: float = 0.0


def frames() -> list[Pixels]:
    """Return frames of 1280x960 of a sitter who drifts a little, with sensor noise."""
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 2, (960, 1280, 3))
    drift = [(640 + 6 * np.sin(k / 5), 380 + 3 * np.cos(k / 7)) for k in range(20)]
    return [np.clip(place_astronaut(eyes=eyes) + noise, 0, 255).astype(np.uint8) for eyes in drift]


@contextlib.contextmanager
def timing_nets() -> Iterator[_NetTime]:
    """Add up the thread time of all calls of MediaPipe's `process` in this context."""
    nets, process = _NetTime(), SolutionBase.process

    def timed(self: SolutionBase, *args: Any, **values: Any) -> Any:
        began = time.thread_time()
        try:
            return process(self, *args, **values)
        finally:
            nets.seconds += time.thread_time() - began

    SolutionBase.process = timed
    try:
        yield nets
    finally:
        SolutionBase.process = process


def speed(guide: LiveGuidance, pictures: list[Pixels]) -> None:
    """Print the time from frame to hint, and the time that guidance adds to MediaPipe on the same frames."""
    for number in range(WARM_UP):
        guide.analyze(pictures[number % len(pictures)], number / FRAMES_PER_SECOND)
    spent = []
    with timing_nets() as nets:
        whole, own = time.process_time(), time.thread_time()
        for number in range(WARM_UP, WARM_UP + FRAMES):
            began = time.perf_counter()
            guide.analyze(pictures[number % len(pictures)], number / FRAMES_PER_SECOND)
            spent.append((time.perf_counter() - began) * 1000)
        own = time.thread_time() - own - nets.seconds
        whole = time.process_time() - whole
    p50, p95 = np.percentile(spent, (50, 95))
    nets_ms, own_ms, rate = (whole - own) * 1000 / FRAMES, own * 1000 / FRAMES, 1000 / np.mean(spent)
    print(f"frame -> hint         p50 {p50:.1f} ms, p95 {p95:.1f} ms (target {TARGET_MS}), {rate:.0f} a second")
    print(f"processor, per frame  MediaPipe {nets_ms:.1f} ms, guidance {own_ms:.1f} ms")
    print(f"guidance adds         {own_ms / nets_ms:.0%} to MediaPipe (target {TARGET_SHARE:.0%})")


def soak(guide: LiveGuidance, pictures: list[Pixels], frame_count: int) -> None:
    """Print how the memory grows over `frame_count` frames, as a slope per hour of live view."""
    used, at = [], []
    for number in range(frame_count):
        guide.analyze(pictures[number % len(pictures)], number / FRAMES_PER_SECOND)
        if number % max(1, frame_count // 100) == 0:
            used.append(resident() / _MEGABYTE)
            at.append(number)
    settled = len(at) // 4  # pools and caches fill up at first
    slope, _ = np.polyfit(at[settled:], used[settled:], 1)
    hours = frame_count / FRAMES_PER_SECOND / 3600
    print(
        f"memory                {used[0]:.0f} MB at first, {used[-1]:.0f} MB after {frame_count} frames "
        f"({hours:.2f} h of live view): {slope * FRAMES_PER_SECOND * 3600:+.1f} MB an hour"
    )


def resident() -> int:
    """Return the bytes of this process in memory (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--soak", type=int, default=0, metavar="FRAMES")
    arguments = options.parse_args()
    cv2.setNumThreads(1)
    pictures = frames()
    print(f"guidance, 1280x960 frames, {FRAMES}; {machine()}, load {os.getloadavg()[0]:.1f}")
    guide = LiveGuidance(load_standard("chsi"))
    try:
        speed(guide, pictures)
        if arguments.soak:
            soak(guide, pictures, arguments.soak)
    finally:
        guide.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
