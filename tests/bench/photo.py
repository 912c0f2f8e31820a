"""How long the photo engine takes from a 24 MP JPEG to a judged portrait, and how much memory 50 MP of any kind take:
`python -m tests.bench.photo [SHOT]`."""

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
import pillow_heif
from PIL import Image

from config.standards.registry import load_standard
from kiosk.capture import engine
from kiosk.capture.engine import PhotoEngine, PortraitService
from kiosk.capture.matting import extended_crop
from kiosk.capture.matting import matte as matting
from kiosk.capture.matting.onnx_network import OnnxNetwork, installed_network
from kiosk.capture.recipe import recipe
from kiosk.capture.storage import FileStore
from kiosk.capture.types import Portrait
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import Outcome
from tests.bench.machine import machine

RUN_COUNT = 15
LARGE_PIXELS = 50_000_000  # pixels
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
    """The right pose in the simulated studio; in a separate process, so that its memory is not counted here."""
    from hardware.simulators.studio_camera.driver import NO_DELAYS, StudioCamera

    hour = [0.0]
    camera = StudioCamera(delays=NO_DELAYS, clock=lambda: hour[0])
    camera.open()
    camera.send_command("scene right")
    hour[0] = 60.0
    return camera.shoot().data


class Stopwatch:
    """Seconds spent in each stage of one run. What runs inside a stage counts for that one only."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside = False

    def wrap(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return work(*args, **kwargs)
            self._inside, began = True, time.perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                self._inside = False
                self.seconds[name] += time.perf_counter() - began

        return timed


def print_row(name: str, seconds: list[float]) -> None:
    p50, p95 = np.percentile(seconds, (50, 95))
    print(f"{name:32s} p50 {p50:6.3f} s   p95 {p95:6.3f} s")


def run(service: PortraitService, shot: bytes, watch: Stopwatch) -> Portrait:
    with ExitStack() as patches:
        for name, (owner, attribute) in STAGES.items():
            timed = watch.wrap(name, getattr(owner, attribute))
            patches.enter_context(patch.object(owner, attribute, timed))
        return service.make_and_store(shot, load_standard("chsi"), {"simulated": True})[0]


def measure(service: PortraitService, shot: bytes) -> Portrait:
    """Prints the times of RUN_COUNT portraits; returns the last one."""
    whole, busy, stages = [], [], defaultdict(list)
    for _ in range(RUN_COUNT):
        watch, began, processor = Stopwatch(), time.perf_counter(), time.process_time()
        portrait = run(service, shot, watch)
        whole.append(time.perf_counter() - began)
        busy.append(time.process_time() - processor)
        for name, seconds in watch.seconds.items():
            stages[name].append(seconds)
    print_row("shot -> judged portrait", whole)
    for name in STAGES:
        if stages[name]:
            print_row(f"  {name}", stages[name])
    print_row("processor time", busy)
    return portrait


def write_large(shot: Path, kind: str, path: Path) -> None:
    """`shot` with 50 megapixels, as a file of that kind; in a separate process, because encoders need memory too."""
    pillow_heif.register_heif_opener()
    image = Image.open(shot).convert("RGB")
    zoom = (LARGE_PIXELS / (image.width * image.height)) ** 0.5
    size = (round(image.width * zoom), round(image.height * zoom))
    image.resize(size, Image.Resampling.BICUBIC).save(path, kind, **KINDS[kind])


def make_large(path: Path) -> tuple[float, float, int, int]:
    """Seconds, peak memory in MB, rules that pass, rules: of one portrait in a fresh process, its start included."""
    engine, began = PhotoEngine(), time.perf_counter()
    verdicts = engine.make_and_verify(path.read_bytes(), load_standard("chsi"), {}).verdicts
    seconds = time.perf_counter() - began
    engine.close()
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return seconds, int(peak.split()[1]) / 1024, sum(v.outcome is Outcome.PASS for v in verdicts), len(verdicts)


def in_subprocess(work: Callable[..., Any], *arguments: object) -> Any:
    """Return the result of `work` in a separate process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def measure_large(shot: bytes) -> None:
    print(f"\n50 MP, one portrait in a fresh process, loading of the nets included; bound 1500 MB; {machine()}")
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
    print(f"photo, a shot of {len(shot) / 1e6:.1f} MB, {RUN_COUNT} runs; {machine()}, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        room, began = PortraitService(FileStore(Path(folder))), time.perf_counter()
        room.warm_up()
        print(f"{'warm-up, once':32s} {time.perf_counter() - began:10.3f} s")
        portrait = measure(room, shot)
        room.close()
        network = installed_network()
        if network is not None:
            print(f"with the portrait network {network.name}")
            room = PortraitService(FileStore(Path(folder)), network=network)
            measure(room, shot)
            room.close()
    passed = sum(v.outcome is Outcome.PASS for v in portrait.verdicts)
    encoder = portrait.recipe["encoder"]
    print(f"{len(portrait.jpeg)} bytes, quality {encoder['quality']} {encoder['subsampling']}, ", end="")
    print(f"{passed} of {len(portrait.verdicts)} rules pass; ", end="")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    measure_large(shot)
    return 0


if __name__ == "__main__":
    sys.exit(main())
