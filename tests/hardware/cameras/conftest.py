from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hardware.cameras.supervised_camera import jpeg
from tests.paths import ROOT

FAKE_DEVICE = [Path(__file__).with_name(name) for name in ("fake_video_device.c", "fake_video_calls.c")]


class NetworkCamera:
    """A network camera in a separate process, with commands that unplug it, freeze it and plug it in again."""

    def __init__(self, *size: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hardware.cameras.mjpeg_server", *map(str, size)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        self.spec = f"webcam:http://127.0.0.1:{int(self._process.stdout.readline())}/video.mjpg"

    def send_command(self, word: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "ok\n"

    def stop(self) -> None:
        self._process.communicate()


@pytest.fixture
def network_camera() -> Iterator[NetworkCamera]:
    camera = NetworkCamera()
    yield camera
    camera.stop()


class VideoDevice:
    """A fake webcam for processes that preload its library; see fake_video_device.c.

    Its folder contains the files that such a process finds under /sys/class/video4linux and /dev: the node of the
    pictures, that of the metadata of a UVC camera, and udev's link.
    """

    NAME = "Fake HD Webcam"
    SERIAL = "F0A1"

    def __init__(self, folder: Path, library: Path) -> None:
        self._folder = folder.resolve()
        self.environment = {"LD_PRELOAD": str(library), "FAKE_VIDEO": str(self._folder)}
        self._write("640x480.jpg", jpeg(640, 480))
        self._write("1920x1080.jpg", jpeg(1920, 1080))
        self.set_modes((1920, 1080, 30), (640, 480, 30))
        self.plug()

    def unplug(self) -> None:
        self.trigger("unplugged")
        for place in ("dev", "sys"):
            shutil.rmtree(self._folder / place)

    def plug(self, number: int = 0) -> None:
        """Plug the webcam in as /dev/video`number`, its metadata as the next node."""
        self._node(number, "pictures", self.NAME)
        self._node(number + 1, "metadata", self.NAME)
        link = self._folder / "dev/v4l/by-id" / f"usb-Fake_{self.SERIAL}-video-index0"
        link.parent.mkdir(parents=True)
        link.symlink_to(f"../../video{number}")
        self.clear("unplugged")

    def add_camera(self, number: int, name: str) -> None:
        """Add a second camera, which is never opened."""
        self._node(number, "pictures", name)

    def freeze(self) -> None:
        self.trigger("frozen")

    def thaw(self) -> None:
        self.clear("frozen")

    def set_modes(self, *modes: tuple[int, int, int]) -> None:
        """Set the modes that the webcam lists, as width, height and frames a second."""
        self._write("modes", "".join(f"{width} {height} {rate}\n" for width, height, rate in modes).encode())

    def set_picture(self, name: str, data: bytes | None) -> None:
        """Set the picture of the size in `name`; without a picture (None) the webcam does not accept that size."""
        self._write(name, data) if data is not None else (self._folder / name).unlink()

    def trigger(self, fault: str, *numbers: int) -> None:
        """Start a fault that fake_video_device.c describes."""
        self._write(fault, " ".join(map(str, numbers)).encode())

    def clear(self, fault: str) -> None:
        (self._folder / fault).unlink(missing_ok=True)

    def values_set(self, control: int) -> list[int]:
        """Return every value that this control was set to, in order."""
        file = self._folder / "controls"
        lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
        return [int(value) for number, value in lines if int(number) == control]

    def _node(self, number: int, kind: str, name: str) -> None:
        node = f"video{number}"
        usb = self._folder / "sys/devices" / name
        sysfs = self._folder / "sys/class/video4linux" / node
        sysfs.mkdir(parents=True)
        (usb / "1-1:1.0").mkdir(parents=True, exist_ok=True)
        (sysfs / "device").symlink_to(usb / "1-1:1.0")
        (sysfs / "name").write_text(f"{name}: {name}\n")
        for file, text in (("idVendor", "990a"), ("idProduct", "0001"), ("serial", self.SERIAL)):
            (usb / file).write_text(text + "\n")
        (self._folder / "dev").mkdir(exist_ok=True)
        (self._folder / "dev" / node).write_text(kind)

    def _write(self, name: str, data: bytes) -> None:
        new = self._folder / f"{name}.new"
        new.write_bytes(data)
        new.replace(self._folder / name)  # atomic, because a process may be reading it


@pytest.fixture(scope="session")
def video_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler on Linux to make a video device")
    if not os.path.exists("/usr/include/linux/videodev2.h"):
        pytest.skip("needs linux/videodev2.h")
    library = tmp_path_factory.mktemp("video") / "fake_video_device.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-Wall", "-o", library, *FAKE_DEVICE, "-ldl"], check=True)
    return library


@pytest.fixture
def video_device(tmp_path: Path, video_library: Path) -> VideoDevice:
    folder = tmp_path / "video0"
    folder.mkdir()
    return VideoDevice(folder, video_library)
