from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hardware.cameras.watching import jpeg

FAKE_DEVICE = Path(__file__).with_name("fake_video_device.c")


class NetworkCamera:
    """A camera on the network, and the hand on its plug."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hardware.cameras.mjpeg_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        assert self._process.stdout is not None
        self.spec = f"webcam:http://127.0.0.1:{int(self._process.stdout.readline())}/video.mjpg"

    def obey(self, word: str) -> None:
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
    """A /dev/video0 for the processes that are started while it is preloaded; see fake_video_device.c."""

    def __init__(self, folder: Path, library: Path) -> None:
        self._folder = folder
        self.environment = {"LD_PRELOAD": str(library), "FAKE_VIDEO": str(folder)}
        (folder / "640x480.jpg").write_bytes(jpeg(640, 480))
        (folder / "1920x1080.jpg").write_bytes(jpeg(1920, 1080))

    def unplug(self) -> None:
        (self._folder / "unplugged").touch()

    def plug(self) -> None:
        (self._folder / "unplugged").unlink()

    def freeze(self) -> None:
        (self._folder / "frozen").touch()

    def thaw(self) -> None:
        (self._folder / "frozen").unlink()


@pytest.fixture(scope="session")
def video_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler on Linux to make a video device")
    if not os.path.exists("/usr/include/linux/videodev2.h"):
        pytest.skip("needs linux/videodev2.h")
    library = tmp_path_factory.mktemp("video") / "fake_video_device.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-Wall", "-o", library, FAKE_DEVICE, "-ldl"], check=True)
    return library


@pytest.fixture
def video_device(tmp_path: Path, video_library: Path) -> VideoDevice:
    folder = tmp_path / "video0"
    folder.mkdir()
    return VideoDevice(folder, video_library)
