"""The server's cost of checks and photos of remote students.

Run: python -m tests.bench.remote_proofs [--checks N] [--photos N]

The engine process, started as by the worker, receives one request after the other: copies of a rendered sitter at the
size that the page sends (1280 px), then originals of 24 megapixels. Its start is not counted. "a second and core" is by
processor time: the rate of one core under no other load. The engine uses several threads, so a check may use more
processor time than clock time.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
from PIL import Image

from server.remote.guide_document import PROOF_PX, PROOF_QUALITY
from server.retouch.engine_process import EngineProcess
from tests.bench.machine import machine
from tests.bench.photo import studio_shot

STANDARD: Final = {"name": "chsi", "background": "blue", "folder": ""}


def main() -> None:
    parser = argparse.ArgumentParser(description="The server's cost of checks and photos of remote students.")
    parser.add_argument("--checks", type=int, default=40, metavar="N")
    parser.add_argument("--photos", type=int, default=10, metavar="N")
    options = parser.parse_args()
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}")
    original, engine = studio_shot(), EngineProcess()
    with tempfile.TemporaryDirectory() as folder:
        for task, data, count in (("proof", reduced(original), options.checks), ("photo", original, options.photos)):
            photo = Path(folder) / f"{task}.jpg"
            photo.write_bytes(data)
            request = {"task": task, "photo": str(photo), "result": f"{folder}/{task}.portrait.jpg"}
            report(
                task, data, measure(engine, {**request, "standard": STANDARD, "camera": {"driver": "remote"}}, count)
            )
    engine.close()
    print(f"load at the end {os.getloadavg()[0]:.1f}")


def reduced(original: bytes) -> bytes:
    """Return the copy that the page sends."""
    image, file = Image.open(io.BytesIO(original)), io.BytesIO()
    image.thumbnail((PROOF_PX, PROOF_PX))
    image.save(file, "JPEG", quality=round(100 * PROOF_QUALITY))
    return file.getvalue()


def measure(engine: EngineProcess, request: dict[str, Any], count: int) -> list[tuple[float, float]]:
    """Return the seconds and the processor seconds of each request, after one that loads the networks."""
    engine.request(request, lambda _: None)
    [process] = psutil.Process().children()
    figures = []
    for _ in range(count):
        began, before = time.perf_counter(), processor_seconds(process)
        engine.request(request, lambda _: None)
        figures.append((time.perf_counter() - began, processor_seconds(process) - before))
    return figures


def processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def report(task: str, data: bytes, figures: list[tuple[float, float]]) -> None:
    seconds, processor = (np.array(column) for column in zip(*figures, strict=True))
    width, height = Image.open(io.BytesIO(data)).size
    name = {"proof": "checks", "photo": "originals"}[task]
    print(f"{len(figures)} {name} of {width} x {height}, {len(data) / 1e6:.2f} MB")
    print(f"  {1 / seconds.mean():.2f} a second in one process; {1 / processor.mean():.2f} a second and core")
    for title, column in (("time", seconds), ("processor", processor)):
        print(f"  {title:9} p50 {np.percentile(column, 50):.2f} s, p95 {np.percentile(column, 95):.2f} s")


if __name__ == "__main__":
    main()
