"""Speed of frames and shots from the camera process: `python -m tests.bench.camera`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from hardware.cameras.isolation.shared_memory import FrameBuffer, now
from hardware.cameras.isolation.state import CameraState
from hardware.cameras.isolation.supervisor import CameraSupervisor
from tests.child_processes import camera_processes
from tests.hardware.cameras.supervised_camera import jpeg

SIZE = (1280, 960)
SECONDS = 4.0
SHOT_BYTES = 8_000_000
SHOTS = 30

WRITER = """
import sys, time
import numpy as np
from hardware.cameras.isolation.shared_memory import FrameBuffer, now
frame_buffer, interval = FrameBuffer(int(sys.argv[1])), float(sys.argv[2])
frame_buffer.resize((1280, 960))
pixels = np.zeros((960, 1280, 3), np.uint8)
number, due = 0, now()
while True:
    number += 1
    frame_buffer.put(pixels, number, now())
    due += interval
    time.sleep(max(0.0, due - now()))
"""


def receive(interval: float) -> tuple[int, int, list[float]]:
    """Return the frames received and written in SECONDS, and the age of each on arrival in seconds."""
    frame_buffer = FrameBuffer.create()
    frame_buffer.resize(SIZE)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(frame_buffer.fd), str(interval)], pass_fds=(frame_buffer.fd,)
    )
    ages, last, until = [], 0, 0.0
    try:
        while not until or now() < until:
            frame = frame_buffer.newest(after=last)
            if frame is None:
                time.sleep(0.0005)
                continue
            until = until or now() + SECONDS
            ages.append(now() - frame.taken_at)
            last = frame.number
    finally:
        writer.kill()
        writer.wait()
    return len(ages), last, ages


def percentiles(seconds: list[float]) -> str:
    p50, p95, p99 = np.percentile(np.array(seconds) * 1000, (50, 95, 99))
    return f"median {p50:.2f} ms, 95 % {p95:.2f} ms, 99 % {p99:.2f} ms"


def shots(folder: Path) -> tuple[list[float], float, float]:
    """Return the seconds from request to bytes of each shot, the seconds from start to live, and the camera process's
    share of a core."""
    picture = jpeg(6000, 4000)
    (folder / "shot.jpg").write_bytes(picture.ljust(SHOT_BYTES, b"\0"))  # decoders ignore bytes after the end
    live = threading.Event()

    def on_state(state: CameraState) -> None:
        if state.kind == "live":
            live.set()

    supervisor = CameraSupervisor(f"folder:{folder}", on_state)
    began = now()
    supervisor.start()
    live.wait(60)
    to_live = now() - began
    (camera,) = camera_processes()
    took = []
    for _ in range(SHOTS):
        requested = now()
        shot = supervisor.shoot().result(60)
        took.append(now() - requested)
        assert len(shot.data) == SHOT_BYTES
    camera.cpu_percent()
    time.sleep(SECONDS)
    share = camera.cpu_percent()
    supervisor.stop()
    return took, to_live, share


def main() -> None:
    received, written, _ = receive(interval=0.0)
    rates = f"{written / SECONDS:.0f} frames/s written, {received / SECONDS:.0f} received whole"
    print(f"frame buffer 1280x960, full speed: {rates}")
    received, written, ages = receive(interval=1 / 30)
    print(f"frame buffer 1280x960, 30 frames/s: {received} of {written} received; age on arrival {percentiles(ages)}")
    with tempfile.TemporaryDirectory() as folder:
        took, to_live, share = shots(Path(folder))
    print(f"shot of {SHOT_BYTES / 1e6:.0f} MB, request to bytes, folder driver: {percentiles(took)}")
    print(f"camera process: live after {to_live:.2f} s; {share:.0f} % of one core in live view at 25 frames/s")


if __name__ == "__main__":
    main()
