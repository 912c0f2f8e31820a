"""A tethered camera from connection to picture, compared with libgphoto2 alone: `python -m tests.bench.dslr`.

libgphoto2's own time is that of its bare calls in the same process: find, open, preview, trigger, wait, fetch. The
driver additionally reads and sets settings, ends the live view and lets the mirror settle, focuses, checks the picture,
and computes its SHA-256 (5 ms for 8 MB), because it is deleted from the card only after the kiosk has stored it. The
camera is the simulated one over PTP/IP (24 megapixels, no exposure time), and libgphoto2's virtual one on USB, which
has no live view.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from tests.bench.machine import machine
from tests.hardware.cameras.supervised_camera import jpeg

OPENINGS, FRAMES, SHOTS = 10, 200, 10
BURSTS, BURST, STORING_S = 5, 3, 0.1
USB_PICTURE, USB_BYTES = (2048, 1536), 8_000_000

Result = TypeVar("Result")


def time_call(call: Callable[[], Result]) -> tuple[float, Result]:
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def print_row(name: str, ours: list[float], bare: list[float]) -> None:
    middle, bare_middle = (float(np.median(times)) * 1000 for times in (ours, bare))
    worst = float(np.percentile(ours, 95)) * 1000
    print(f"{name:34} {middle:8.1f} ms (95 % {worst:.1f})   libgphoto2 alone {bare_middle:8.1f} ms", flush=True)


class BareGphoto:
    """The same work by bare calls of python-gphoto2."""

    def __init__(self, model: str = "", path: str = "") -> None:
        import gphoto2 as gp

        self.gp = gp
        if not path:
            cameras = gp.Camera.autodetect()
            model, path = cameras.get_name(0), cameras.get_value(0)
        self.camera = gp.Camera()
        ports, models = gp.PortInfoList(), gp.CameraAbilitiesList()
        ports.load()
        self.camera.set_port_info(ports[ports.lookup_path(path)])
        models.load()
        self.camera.set_abilities(models[models.lookup_model(model)])
        self.camera.init()

    def frame(self) -> bytes:
        file = self.camera.capture_preview()
        return bytes(file.get_data_and_size())

    def shoot(self) -> bytes:
        self.camera.trigger_capture()
        kind, path = self.camera.wait_for_event(50)
        while kind != self.gp.GP_EVENT_FILE_ADDED:
            kind, path = self.camera.wait_for_event(50)
        file = self.camera.file_get(path.folder, path.name, self.gp.GP_FILE_TYPE_NORMAL)
        return bytes(file.get_data_and_size())

    def close(self) -> None:
        self.camera.exit()


def measure_opening(spec: str, bare: Callable[[], BareGphoto]) -> tuple[list[float], list[float]]:
    from hardware.cameras.registry import open_driver

    ours, theirs = [], []
    for _ in range(OPENINGS):
        camera = open_driver(spec)
        ours.append(time_call(camera.open)[0])
        camera.close()
        took, alone = time_call(bare)
        theirs.append(took)
        alone.close()
    return ours, theirs


def measure_shooting(spec: str, bare: Callable[[], BareGphoto], live: bool) -> tuple[list[float], list[float], int]:
    """Measure shots, each taken during live view if there is one."""
    from hardware.cameras.registry import open_driver

    camera = open_driver(spec)
    camera.open()
    ours, theirs, size = [], [], 0
    for _ in range(SHOTS):
        if live:
            camera.frame()
        took, shot = time_call(camera.shoot)
        ours.append(took)
        size = len(shot.data)
    camera.close()
    alone = bare()
    for _ in range(SHOTS):
        if live:
            alone.frame()
        theirs.append(time_call(alone.shoot)[0])
    alone.close()
    return ours, theirs, size


def measure_view(spec: str, bare: Callable[[], BareGphoto]) -> None:
    from hardware.cameras.registry import open_driver

    camera = open_driver(spec)
    _, info = time_call(camera.open)
    first, _ = time_call(camera.frame)
    ours = [time_call(camera.frame)[0] for _ in range(FRAMES)]
    camera.close()
    alone = bare()
    bare_first, _ = time_call(alone.frame)
    theirs = [time_call(alone.frame)[0] for _ in range(FRAMES)]
    alone.close()
    print_row("first frame once it is open", [first], [bare_first])
    print_row(f"a frame {info.frame_size[0]}x{info.frame_size[1]} (RGB; JPEG)", ours, theirs)
    print(f"{'':34} {1 / np.median(ours):8.0f} frames/s         libgphoto2 alone {1 / np.median(theirs):8.0f} frames/s")


def measure_burst(spec: str) -> None:
    """Measure bursts through the camera process; STORING_S after each shot is the time in which a visit stores it."""
    from hardware.cameras.isolation.state import CameraState
    from hardware.cameras.isolation.supervisor import CameraSupervisor

    live = threading.Event()

    def on_state(state: CameraState) -> None:
        if state.kind == "live":
            live.set()

    supervisor = CameraSupervisor(spec, on_state)
    supervisor.start()
    assert live.wait(60), "the camera is not live"
    firsts, others = [], []
    for _ in range(BURSTS):
        frame = supervisor.newest()
        while (newest := supervisor.newest()) is None or (frame is not None and newest.number == frame.number):
            time.sleep(0.01)  # until live view runs
        for number in range(BURST):
            took, _ = time_call(lambda: supervisor.shoot().result(60))
            (firsts if number == 0 else others).append(took)
            time.sleep(STORING_S)
    supervisor.stop()
    first, other = (float(np.median(times)) * 1000 for times in (firsts, others))
    print(f"{'burst: first shot, each other':34} {first:8.1f} ms {other:8.1f} ms", flush=True)


def over_network() -> None:
    from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr

    print("\nPTP/IP, simulated body of 24 megapixels")
    with SimulatedDslr("--delay", "0") as body:
        spec = f"dslr:ptpip:127.0.0.1:{body.port}"

        def bare() -> BareGphoto:
            return BareGphoto("PTP/IP Camera", body.path)

        print_row("open, set up, first picture", *measure_opening(spec, bare))
        measure_view(spec, bare)
        ours, theirs, size = measure_shooting(spec, bare, live=True)
        print_row(f"shot to bytes ({size / 1e6:.1f} MB)", ours, theirs)
        measure_burst(spec)


def over_usb() -> None:
    print(f"\nlibgphoto2's virtual USB camera, pictures of {USB_BYTES / 1e6:.0f} MB")
    print_row("detect, open, set up", *measure_opening("dslr", BareGphoto))
    ours, theirs, size = measure_shooting("dslr", BareGphoto, live=False)
    print_row(f"shot to bytes ({size / 1e6:.1f} MB)", ours, theirs)


def main() -> None:
    if sys.argv[1:] == ["usb"]:
        over_usb()
        return
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder  # libgphoto2 writes its own settings there
        over_network()
        card = Path(folder, "card")
        card.mkdir()
        (card / "picture.jpg").write_bytes(
            jpeg(*USB_PICTURE).ljust(USB_BYTES, b"\0")
        )  # decoders ignore bytes after the end
        subprocess.run(
            [sys.executable, "-m", "tests.bench.dslr", "usb"],
            env={**os.environ, "VCAMERADIR": str(card)},
            stderr=subprocess.DEVNULL,
            check=True,
        )


if __name__ == "__main__":
    main()
