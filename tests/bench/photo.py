"""Cost of a portrait of a 24 MP JPEG by stage, and memory for 50 MP of each kind: `python -m tests.bench.photo [SHOT]`.

Prints seconds by the clock and of a processor (all threads of the engine; the work of a second thread counts for the
stage that waits for it) and the peak memory of a fresh process. Compare two versions by running it in both checkouts,
in turns; on a busy machine the minimum of the runs and the processor time are more reliable than the median by the
clock. `python -m tests.bench.hivision` compares whole portraits, in turns, with another checkout and with
HivisionIDPhotos.
"""

from __future__ import annotations

import multiprocessing
import os
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
import pillow_heif
from PIL import Image

from config.standards.registry import load_standard
from kiosk.capture import engine
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.matting import extended_crop
from kiosk.capture.matting import matte as matting
from kiosk.capture.matting.onnx_network import OnnxNetwork, installed_network
from kiosk.capture.portrait_service import PortraitService
from kiosk.capture.recipe import recipe
from kiosk.capture.storage import FileStore
from kiosk.capture.types import Portrait
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import Outcome
from tests.bench.machine import machine

RUN_COUNT = 15
WHOLE = "shot -> verified portrait"
LARGE_PIXELS = 50_000_000
KINDS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 92},
    "PNG": {"compress_level": 1},
    "TIFF": {"compression": "tiff_lzw"},
    "HEIF": {"quality": 80},
}
STAGES = {
    "decode": (recipe, "decode"),
    "faces": (FaceFinder, "find"),
    "person": (FaceFinder, "person_mask"),
    "portrait network": (OnnxNetwork, "alpha"),
    "crop, scaled in linear light": (extended_crop, "extract_crop"),
    "trimap from the backdrop": (matting, "compute_trimap"),
    "closed form": (matting, "closed_form"),
    "foreground colours": (matting, "decontaminate"),
    "composite": (engine, "composite"),
    "encode into the band": (engine, "encode"),
    "verdicts on the file": (engine, "evaluate_portrait"),
}


def studio_shot() -> bytes:
    """Return a shot of the right pose in the simulated studio; run in a separate process to keep its memory out."""
    from hardware.simulators.studio_camera.driver import NO_DELAYS, StudioCamera

    seconds = [0.0]
    camera = StudioCamera(delays=NO_DELAYS, clock=lambda: seconds[0])
    camera.open()
    camera.send_command("scene right")
    seconds[0] = 60.0
    return camera.shoot().data


Cost = tuple[float, float]
"""Seconds by the clock, and seconds of a processor."""


def now() -> Cost:
    return time.perf_counter(), time.process_time()


class Stopwatch:
    """The cost of each stage of one run; a stage inside another one counts for the outer one only."""

    def __init__(self) -> None:
        self.costs: dict[str, Cost] = {}
        self._inside = False

    def wrap(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return work(*args, **kwargs)
            self._inside, began = True, now()
            try:
                return work(*args, **kwargs)
            finally:
                self._inside = False
                self.add(name, began)

        return timed

    def add(self, name: str, began: Cost) -> None:
        ended, before = now(), self.costs.get(name, (0.0, 0.0))
        self.costs[name] = before[0] + ended[0] - began[0], before[1] + ended[1] - began[1]


def print_row(name: str, costs: list[Cost]) -> None:
    clock, processor = np.array(costs).T
    p50, p95 = np.percentile(clock, (50, 95))
    print(f"{name:32s} clock minimum {clock.min():6.3f}  p50 {p50:6.3f}  p95 {p95:6.3f} s", end="")
    print(f"   processor minimum {processor.min():6.3f}  p50 {np.median(processor):6.3f} s")


def run(service: PortraitService, shot: bytes, watch: Stopwatch) -> Portrait:
    with ExitStack() as patches:
        for name, (owner, attribute) in STAGES.items():
            timed = watch.wrap(name, getattr(owner, attribute))
            patches.enter_context(patch.object(owner, attribute, timed))
        return service.make_and_store(shot, load_standard("chsi"), {"simulated": True})[0]


def measure(shot: bytes, with_network: bool) -> None:
    """Print the costs of RUN_COUNT portraits and the peak memory; run in a separate process."""
    network = installed_network() if with_network else None
    costs, began = defaultdict(list), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        service = PortraitService(FileStore(Path(folder)), network=network)
        service.warm_up()
        print(f"{'warm-up, once':32s} clock {time.perf_counter() - began:12.3f} s")
        for _ in range(RUN_COUNT):
            watch, start = Stopwatch(), now()
            portrait = run(service, shot, watch)
            watch.add(WHOLE, start)
            for name, cost in watch.costs.items():
                costs[name].append(cost)
        service.close()
    for name in (WHOLE, *STAGES):
        if costs[name]:
            print_row(name if name == WHOLE else f"  {name}", costs[name])
    passed = sum(v.outcome is Outcome.PASS for v in portrait.verdicts)
    encoder = portrait.recipe["encoder"]
    print(f"{len(portrait.jpeg)} bytes, quality {encoder['quality']} {encoder['subsampling']}, ", end="")
    print(f"{passed} of {len(portrait.verdicts)} rules pass; peak memory {peak_memory():.0f} MB", flush=True)


def peak_memory() -> float:
    """Return the peak memory of this process in megabytes."""
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def write_large(shot: Path, kind: str, path: Path) -> None:
    """Write `shot` with 50 megapixels as a file of `kind`; run in a separate process, as encoders need memory too."""
    pillow_heif.register_heif_opener()
    image = Image.open(shot).convert("RGB")
    zoom = (LARGE_PIXELS / (image.width * image.height)) ** 0.5
    size = (round(image.width * zoom), round(image.height * zoom))
    image.resize(size, Image.Resampling.BICUBIC).save(path, kind, **KINDS[kind])


def make_large(path: Path) -> tuple[float, float, int, int]:
    """Return seconds (with the engine's start), peak memory in MB, passed rules and all rules of one portrait; run in a
    fresh process."""
    engine, began = PhotoEngine(), time.perf_counter()
    verdicts = engine.make_and_verify(path.read_bytes(), load_standard("chsi"), {}).verdicts
    seconds = time.perf_counter() - began
    engine.close()
    return seconds, peak_memory(), sum(v.outcome is Outcome.PASS for v in verdicts), len(verdicts)


def in_subprocess(work: Callable[..., Any], *arguments: object) -> Any:
    """Return the result of `work` in a separate process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def measure_large(shot: bytes) -> None:
    print(f"\n50 MP, one portrait in a fresh process, loading of the networks included; limit 1500 MB; {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "shot.jpg")
        source.write_bytes(shot)
        for kind in KINDS:
            path = Path(folder, f"large.{kind.lower()}")
            in_subprocess(write_large, source, kind, path)
            seconds, peak, passed, rules = in_subprocess(make_large, path)
            print(
                f"  {kind:5s} {path.stat().st_size / 1e6:6.1f} MB file   {seconds:6.2f} s   peak {peak:5.0f} MB", end=""
            )
            print(f"   {passed} of {rules} rules pass", flush=True)


def main() -> int:
    shot = Path(sys.argv[1]).read_bytes() if len(sys.argv) > 1 else in_subprocess(studio_shot)
    print(
        f"photo, a shot of {len(shot) / 1e6:.1f} MB, {RUN_COUNT} runs; {machine()}, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    in_subprocess(measure, shot, False)
    network = installed_network()
    if network is not None:
        print(f"with the portrait network {network.name}", flush=True)
        in_subprocess(measure, shot, True)
    measure_large(shot)
    return 0


if __name__ == "__main__":
    sys.exit(main())
