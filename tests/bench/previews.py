"""Time, and memory of the child process, of a shot's preview at intake: `python -m tests.bench.previews`."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

from tests.kiosk.capture.picture_files import POSTSCRIPT, one_colour_png

# Run in a small separate process, so that its memory does not count as the child's. The first picture starts the fork
# server.
_SCRIPT = """
import contextlib, json, os, psutil, resource, sys, time
from pathlib import Path
from kiosk.capture.isolated_decoding.decoder import FORK_SERVER, IsolatedDecoder
from kiosk.capture.types import PhotoProblem
with contextlib.suppress(PhotoProblem):
    IsolatedDecoder().preview(Path(os.devnull), 1600)
[server] = FORK_SERVER.processes
def children():
    times = psutil.Process(server.pid).cpu_times()
    return times.children_user + times.children_system
began, before = time.monotonic(), children()
try:
    preview = IsolatedDecoder().preview(Path(sys.argv[1]), 1600)
    result = preview.problem or f"{len(preview.jpeg) // 1000} KB"
except PhotoProblem as problem:
    result = problem.key
seconds, used = time.monotonic() - began, children() - before
FORK_SERVER.close()
server.wait()
memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
print(json.dumps([result, seconds, used, memory]))
"""


def scene(width: int, height: int) -> Image.Image:
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(0).integers(0, 24, (height, width))
    colours = [x * 200 // width + noise, y * 200 // height + noise, (x + y) % 200 + noise]
    return Image.fromarray(np.stack(colours, axis=-1).astype(np.uint8))


def _file(kind: str, width: int, height: int, **options: object) -> bytes:
    file = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.from_pillow(scene(width, height)).save(file, quality=60)
    else:
        scene(width, height).save(file, kind, **options)
    return file.getvalue()


CASES: dict[str, Callable[[], bytes]] = {
    "PostScript": lambda: POSTSCRIPT,
    "PNG of one colour, 118 MP": lambda: one_colour_png(10_900, 10_900),
    "PNG of one colour, 63 MP": lambda: one_colour_png(7_900, 7_990),
    "JPEG, 24 MP": lambda: _file("JPEG", 4000, 6000, quality=93),
    "JPEG, 24 MP, progressive": lambda: _file("JPEG", 4000, 6000, quality=93, progressive=True),
    "JPEG, 110 MP, progressive": lambda: _file("JPEG", 10_000, 11_000, quality=80, progressive=True),
    "HEIC, 63 MP": lambda: _file("HEIF", 7900, 8000),
    "WebP, 63 MP": lambda: _file("WEBP", 7900, 8000, quality=20),
}


def main() -> None:
    print(f"{'':28} {'file':>9} {'seconds':>8} {'cpu':>6} {'memory':>8}")
    for name, make in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "shot"
            path.write_bytes(make())
            run = subprocess.run([sys.executable, "-c", _SCRIPT, str(path)], capture_output=True, text=True, check=True)
            result, seconds, cpu, memory = json.loads(run.stdout)
            print(f"{name:28} {path.stat().st_size / 1e6:6.2f} MB {seconds:8.2f} {cpu:6.2f} {memory:5.0f} MB  {result}")


if __name__ == "__main__":
    main()
