"""A webcam from connection to picture, by V4L2 and over HTTP: `python -m tests.bench.webcam`.

The device is tests/hardware/cameras/fake_video_device.c, preloaded, at 30 frames a second: OpenCV's V4L2 backend and
everything above it is real, the USB cable is not. The network camera is on this machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from hardware.cameras.api import Camera
from hardware.cameras.registry import open_driver
from tests.bench.camera import percentiles
from tests.hardware.cameras.conftest import FAKE_DEVICE, NetworkCamera, VideoDevice

SECONDS = 4.0
SHOTS = 30
OPENINGS = 5


def measure_listing() -> str:
    from hardware.cameras.webcam.devices import video_devices

    began = time.perf_counter()
    devices = video_devices()
    return f"{len(devices)} camera listed in {(time.perf_counter() - began) * 1000:.1f} ms"


def open_camera(spec: str) -> tuple[Camera, str]:
    """Open the camera OPENINGS times; return it open, and the times without the first, which also imports OpenCV."""
    took, first = [], []
    for _ in range(OPENINGS + 1):
        began = time.perf_counter()
        camera = open_driver(spec)
        info = camera.open()
        took.append(time.perf_counter() - began)
        camera.frame()
        first.append(time.perf_counter() - began)
        camera.close()
    camera = open_driver(spec)
    camera.open()
    width, height = info.shot_size
    return camera, f"{width}x{height}: open {percentiles(took[1:])}; first frame {percentiles(first[1:])}"


def measure_view(camera: Camera) -> str:
    began, cpu, frames = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < SECONDS:
        camera.frame()
        frames += 1
    wall = time.perf_counter() - began
    return f"{frames / wall:.1f} frames/s, {100 * (time.process_time() - cpu) / wall:.0f} % of one core"


def measure_shots(camera: Camera) -> str:
    took, sizes = [], []
    for _ in range(SHOTS):
        camera.frame()  # between shots, as in a station
        began = time.perf_counter()
        sizes.append(len(camera.shoot().data))
        took.append(time.perf_counter() - began)
    return f"shot to bytes ({np.mean(sizes) / 1000:.0f} kB) {percentiles(took)}"


def run(name: str, spec: str) -> None:
    camera, opening = open_camera(spec)
    print(f"{name} {opening}")
    print(f"{name} live view {measure_view(camera)}")
    print(f"{name} {measure_shots(camera)}", flush=True)
    camera.close()


def main() -> None:
    if sys.argv[1:] == ["device"]:
        print(f"V4L2 {measure_listing()}")
        run("V4L2", "webcam")
        return
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "fake.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", library, *FAKE_DEVICE, "-ldl"], check=True)
        device_folder = Path(folder) / "device"
        device_folder.mkdir()
        device = VideoDevice(device_folder, library)
        command = [sys.executable, "-m", "tests.bench.webcam", "device"]
        subprocess.run(command, env={**os.environ, **device.environment}, check=True)
    network = NetworkCamera(1920, 1080)
    try:
        run("HTTP", network.spec)
    finally:
        network.stop()


if __name__ == "__main__":
    main()
