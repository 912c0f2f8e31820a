"""How long the photo engine takes from a 24 MP JPEG to a judged portrait: `python -m tests.bench.photo [SHOT]`."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from config.standard import standard
from kiosk.capture import matte as matting
from kiosk.capture import standardize
from kiosk.capture.originals import Originals
from kiosk.capture.portrait import Portrait
from kiosk.capture.standardize import Darkroom
from kiosk.guidance.landmarks import FaceFinder
from kiosk.guidance.verdict import Outcome
from tests.bench.machine import machine

RUNS = 15
STAGES = {
    "decode": (standardize, "decode"),
    "faces and person (2 x)": (FaceFinder, "find"),
    "crop, scaled in linear light": (standardize, "cut_out"),
    "trimap from the backdrop": (matting, "trimap"),
    "closed form": (matting, "closed_form"),
    "foreground colours": (matting, "estimate_foreground_ml"),
    "composite": (standardize, "compose"),
    "encode into the band": (standardize, "encode"),
    "verdicts on the file": (standardize, "judge_portrait"),
}


def studio_shot() -> bytes:
    """The right pose in the simulated studio; in a process of its own, so that its memory is not counted here."""
    from hardware.cameras.studio.driver import NO_DELAYS, StudioCamera

    hour = [0.0]
    camera = StudioCamera(delays=NO_DELAYS, clock=lambda: hour[0])
    camera.open()
    camera.tell("scene right")
    hour[0] = 60.0
    return camera.shoot().data


class Stopwatch:
    """Seconds spent in each stage of one run. What runs inside a stage counts for that one only."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inside = False

    def around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return work(*args, **kwargs)
            self._inside, began = True, time.perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                self._inside = False
                self.spent[name] += time.perf_counter() - began

        return timed


def row(name: str, seconds: list[float]) -> None:
    p50, p95 = np.percentile(seconds, (50, 95))
    print(f"{name:32s} p50 {p50:6.3f} s   p95 {p95:6.3f} s")


def run(room: Darkroom, shot: bytes, watch: Stopwatch) -> Portrait:
    with ExitStack() as patches:
        for name, (owner, attribute) in STAGES.items():
            timed = watch.around(name, getattr(owner, attribute))
            patches.enter_context(patch.object(owner, attribute, timed))
        return room.develop(shot, standard("chsi"), {"simulated": True})[0]


def measured(room: Darkroom, shot: bytes) -> Portrait:
    """Prints the times of RUNS portraits; returns the last one."""
    whole, busy, stages = [], [], defaultdict(list)
    for _ in range(RUNS):
        watch, began, processor = Stopwatch(), time.perf_counter(), time.process_time()
        portrait = run(room, shot, watch)
        whole.append(time.perf_counter() - began)
        busy.append(time.process_time() - processor)
        for name, seconds in watch.spent.items():
            stages[name].append(seconds)
    row("shot -> judged portrait", whole)
    for name in STAGES:
        row(f"  {name}", stages[name])
    row("processor time", busy)
    return portrait


def main() -> int:
    if len(sys.argv) > 1:
        shot = Path(sys.argv[1]).read_bytes()
    else:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            shot = pool.submit(studio_shot).result()
    print(f"photo, a shot of {len(shot) / 1e6:.1f} MB, {RUNS} runs; {machine()}, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        room, began = Darkroom(Originals(Path(folder))), time.perf_counter()
        room.warm_up()
        print(f"{'warm-up, once':32s} {time.perf_counter() - began:10.3f} s")
        portrait = measured(room, shot)
        room.close()
    passed = sum(v.outcome is Outcome.PASS for v in portrait.verdicts)
    encoder = portrait.recipe["encoder"]
    print(f"{len(portrait.jpeg)} bytes, quality {encoder['quality']} {encoder['subsampling']}, ", end="")
    print(f"{passed} of {len(portrait.verdicts)} rules pass; ", end="")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
