"""A webcam on Linux with the real V4L2 backend of OpenCV: the detected device, accepted settings, and warnings.

Each test runs the driver in a process with a preloaded device.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hardware.cameras.webcam import v4l2
from hardware.cameras.webcam.devices import processes_using, video_devices
from tests.hardware.cameras.conftest import VideoDevice
from tests.hardware.cameras.supervised_camera import jpeg
from tests.paths import ROOT

pytestmark = pytest.mark.process

RunCommands = Callable[..., Any]


@pytest.fixture
def run_commands(video_device: VideoDevice) -> Iterator[RunCommands]:
    """A function that opens the webcam of a spec and returns its report; see webcam_reports.py."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.hardware.cameras.webcam.webcam_reports"],
        env={**os.environ, **video_device.environment},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        requests, responses = child.stdin, child.stdout

        def run_commands(*words: str) -> Any:
            requests.write(json.dumps(words) + "\n")
            requests.flush()
            return json.loads(responses.readline())

        yield run_commands


def sha256(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()


def test_devices_are_listed_with_their_names_and_without_the_node_of_metadata(
    run_commands: RunCommands, video_device: VideoDevice
) -> None:
    video_device.add_camera(4, "Document camera")
    first, second = run_commands("list")
    assert first["path"] == "/dev/video0"
    assert first["name"] == VideoDevice.NAME, "once, although the driver reports it twice"
    assert (first["vendor"], first["product"], first["serial"]) == ("990a", "0001", VideoDevice.SERIAL)
    assert first["by_id"] == BY_ID
    assert (second["path"], second["name"]) == ("/dev/video4", "Document camera")


BY_ID = f"/dev/v4l/by-id/usb-Fake_{VideoDevice.SERIAL}-video-index0"


@pytest.mark.parametrize("spec", ["webcam:0", "webcam:name:fake hd", f"webcam:{BY_ID}"])
def test_a_camera_that_returns_as_another_node_is_found_again(
    run_commands: RunCommands, video_device: VideoDevice, spec: str
) -> None:
    assert run_commands(spec)["serial"] == VideoDevice.SERIAL, "control"
    video_device.unplug()
    assert run_commands(spec) == {"problem": "absent"}
    video_device.plug(2)
    assert run_commands("list")[0]["path"] == "/dev/video2", "control: its number has changed"
    again = run_commands(spec)
    assert (again["model"], again["serial"]) == (VideoDevice.NAME, VideoDevice.SERIAL)


def test_a_node_by_its_path_is_that_node_and_nothing_else(run_commands: RunCommands, video_device: VideoDevice) -> None:
    assert run_commands("webcam:/dev/video0")["serial"] == VideoDevice.SERIAL
    assert run_commands("webcam:/dev/video1") == {"problem": "absent"}, "its metadata"
    assert run_commands("webcam:name:Leica") == {"problem": "absent"}
    assert run_commands("webcam:1") == {"problem": "absent"}


def test_an_ambiguous_setting_warns_about_a_second_camera(run_commands: RunCommands, video_device: VideoDevice) -> None:
    assert run_commands("webcam")["warnings"] == []
    video_device.add_camera(4, "Document camera")
    assert run_commands("webcam")["warnings"] == ["several"]
    assert run_commands("webcam:name:Fake HD")["warnings"] == []


@pytest.mark.parametrize(("fault", "reason"), [("busy", "taken"), ("denied", "not_allowed"), ("unplugged", "absent")])
def test_an_unavailable_camera_has_a_reason(
    run_commands: RunCommands, video_device: VideoDevice, fault: str, reason: str
) -> None:
    assert "problem" not in run_commands("webcam"), "control"
    video_device.trigger(fault)
    assert run_commands("webcam") == {"problem": reason}


def test_the_process_that_uses_a_device_is_named(tmp_path: Path) -> None:
    node = tmp_path / "video0"
    node.touch()
    assert processes_using(str(node)) == []
    code = "import sys; device = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(node)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        (process,) = processes_using(str(node))
        assert f"({other.pid})" in process


def test_no_video_devices_are_no_error(tmp_path: Path) -> None:
    assert video_devices(tmp_path) == []


def test_settings_are_set_as_far_as_the_camera_supports_them(
    run_commands: RunCommands, video_device: VideoDevice
) -> None:
    assert run_commands("webcam")["refused"] == []
    assert video_device.values_set(v4l2.POWER_LINE) == [1], "50 Hz"
    assert video_device.values_set(v4l2.EXPOSURE_AUTO) == [1], "manual"
    assert video_device.values_set(v4l2.EXPOSURE) == [200]
    assert video_device.values_set(v4l2.EXPOSURE_PRIORITY) == [0]
    assert video_device.values_set(v4l2.AUTO_WHITE_BALANCE) == [1, 0], "measured, then locked"
    assert video_device.values_set(v4l2.FOCUS_AUTO) == [1, 0], "measured, then locked"
    assert video_device.values_set(v4l2.GAIN) == [], "not requested"


def test_fixed_values_are_set_to_the_nearest_supported_value(
    run_commands: RunCommands, video_device: VideoDevice
) -> None:
    report = run_commands("webcam", "white_balance=5003", "focus=41", "exposure=99999", "gain=20")
    assert report["refused"] == ["exposure"], "rounding to a step is no refusal, exceeding a bound is"
    assert video_device.values_set(v4l2.WHITE_BALANCE) == [5000]
    assert video_device.values_set(v4l2.AUTO_WHITE_BALANCE) == [0]
    assert video_device.values_set(v4l2.FOCUS) == [40]
    assert video_device.values_set(v4l2.FOCUS_AUTO) == [0]
    assert video_device.values_set(v4l2.EXPOSURE) == [2047], "the maximum"
    assert video_device.values_set(v4l2.GAIN) == [20]


def test_missing_and_rejected_controls_are_reported(run_commands: RunCommands, video_device: VideoDevice) -> None:
    video_device.trigger("stubborn", v4l2.EXPOSURE)
    video_device.trigger("lacking", v4l2.POWER_LINE, v4l2.FOCUS_AUTO, v4l2.FOCUS)
    assert run_commands("webcam")["refused"] == ["power_line", "exposure"], (
        "a lens of fixed focus needs no focus control"
    )


MODES: list[tuple[list[tuple[int, int, int]], list[int]]] = [
    ([(1920, 1080, 30), (1280, 720, 30)], [1920, 1080]),
    ([(3840, 2160, 30), (1280, 720, 30), (640, 480, 30)], [1280, 720]),
    ([(1920, 1080, 15), (1280, 720, 30), (640, 480, 60)], [1280, 720]),
    ([(1920, 1080, 5), (640, 480, 15)], [1920, 1080]),
    ([(1600, 900, 30), (1280, 720, 30)], [1280, 720]),  # lists 1600x900, and rejects it
    ([], [1920, 1080]),
]


def test_the_largest_size_that_is_fast_enough_and_accepted_is_used(
    run_commands: RunCommands, video_device: VideoDevice
) -> None:
    video_device.set_picture("1280x720.jpg", jpeg(1280, 720))
    for modes, size in MODES:
        video_device.set_modes(*modes)
        report = run_commands("webcam")
        assert report["shot_size"] == size, modes
        assert ("width" in report["refused"]) == (size != [1920, 1080])
        assert ("slow" in report["warnings"]) == (bool(modes) and all(rate < 25 for *_, rate in modes))


def test_the_size_that_the_camera_sends_counts_and_not_the_one_it_confirmed(
    run_commands: RunCommands, video_device: VideoDevice
) -> None:
    video_device.set_picture("shrunk.jpg", jpeg(640, 360))
    video_device.trigger("shrunk")
    assert run_commands("webcam")["shot_size"] == [640, 360]


def test_a_shot_is_the_cameras_own_file(run_commands: RunCommands, video_device: VideoDevice) -> None:
    picture = jpeg(1920, 1080, seed=3)
    video_device.set_picture("1920x1080.jpg", picture)
    assert run_commands("webcam", "shoot")["shot"] == sha256(picture), "byte for byte"


def test_half_frames_are_never_a_shot(run_commands: RunCommands, video_device: VideoDevice) -> None:
    picture = jpeg(1920, 1080, seed=3)
    video_device.set_picture("1920x1080.jpg", picture)
    video_device.trigger("cut")
    for _ in range(2):
        assert run_commands("webcam", "shoot")["shot"] == sha256(picture)


def test_a_camera_without_jpeg_sends_raw_pixels(run_commands: RunCommands, video_device: VideoDevice) -> None:
    grey = np.full((480, 640, 2), (200, 128), np.uint8)
    video_device.set_picture("640x480.yuyv", grey.tobytes())
    video_device.trigger("raw")
    video_device.set_modes((1920, 1080, 5), (640, 480, 30))
    report = run_commands("webcam", "shoot")
    assert "format" in report["refused"]
    assert report["shot_size"] == [640, 480]
    assert round(report["brightness"]) == round((200 - 16) * 255 / 219), "video range becomes full range"


def test_black_frames_at_the_beginning_are_skipped(run_commands: RunCommands, video_device: VideoDevice) -> None:
    assert run_commands("webcam")["warnings"] == [], "control"
    video_device.set_picture("black.jpg", black(1920, 1080))
    video_device.trigger("dark", 8)
    report = run_commands("webcam", "shoot")
    assert report["warnings"] == []
    assert report["brightness"] > 50
    assert report["shot"] != sha256(black(1920, 1080))


def test_a_covered_lens_is_black_after_a_bounded_wait(run_commands: RunCommands, video_device: VideoDevice) -> None:
    video_device.set_picture("black.jpg", black(1920, 1080))
    video_device.trigger("dark", 100_000)
    report = run_commands("webcam", "shoot")
    assert report["brightness"] < 1
    assert report["shot"] == sha256(black(1920, 1080)), "the shot is delivered nevertheless"


def black(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "JPEG")
    return file.getvalue()
