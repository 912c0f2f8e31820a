"""A webcam on Linux, through the real V4L2 backend of OpenCV: which one is found, which settings it accepts, and
the warnings for the others. Each runs in a process with a preloaded device."""

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
    """The report of the webcam of a spec; see webcam_reports.py."""
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
        ask, answers = child.stdin, child.stdout

        def run_commands(*words: str) -> Any:
            ask.write(json.dumps(words) + "\n")
            ask.flush()
            return json.loads(answers.readline())

        yield run_commands


def sha256(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()


def test_devices_are_listed_with_their_names_and_the_node_of_metadata_is_none_of_them(
    run_commands: RunCommands, video_device: VideoDevice
) -> None:
    video_device.add_camera(4, "Document camera")
    first, second = run_commands("list")
    assert first["path"] == "/dev/video0"
    assert first["name"] == VideoDevice.NAME, "run_commands once, although the driver reports it twice"
    assert (first["vendor"], first["product"], first["serial"]) == ("990a", "0001", VideoDevice.SERIAL)
    assert first["by_id"] == BY_ID
    assert (second["path"], second["name"]) == ("/dev/video4", "Document camera")


BY_ID = f"/dev/v4l/by-id/usb-Fake_{VideoDevice.SERIAL}-video-index0"


@pytest.mark.parametrize("spec", ["webcam:0", "webcam:name:fake hd", f"webcam:{BY_ID}"])
def test_a_camera_that_comes_back_as_another_node_is_found_again(
    run_commands: RunCommands, video_device: VideoDevice, spec: str
) -> None:
    assert run_commands(spec)["serial"] == VideoDevice.SERIAL, "the control"
    video_device.unplug()
    assert run_commands(spec) == {"problem": "absent"}
    video_device.plug(2)
    assert run_commands("list")[0]["path"] == "/dev/video2", "the control: its number has changed"
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
    assert "problem" not in run_commands("webcam"), "the control"
    video_device.trigger(fault)
    assert run_commands("webcam") == {"problem": reason}


def test_who_holds_a_device_is_named(tmp_path: Path) -> None:
    node = tmp_path / "video0"
    node.touch()
    assert processes_using(str(node)) == []
    holding = "import sys; held = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(node)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        (named,) = processes_using(str(node))
        assert f"({other.pid})" in named


def test_no_video_devices_are_no_error(tmp_path: Path) -> None:
    assert video_devices(tmp_path) == []


def test_settings_are_turned_by_what_the_camera_can_do(run_commands: RunCommands, video_device: VideoDevice) -> None:
    assert run_commands("webcam")["refused"] == []
    assert video_device.values_set(v4l2.POWER_LINE) == [1], "50 Hz"
    assert video_device.values_set(v4l2.EXPOSURE_AUTO) == [1], "by hand"
    assert video_device.values_set(v4l2.EXPOSURE) == [200]
    assert video_device.values_set(v4l2.EXPOSURE_PRIORITY) == [0]
    assert video_device.values_set(v4l2.AUTO_WHITE_BALANCE) == [1, 0], "found, then held"
    assert video_device.values_set(v4l2.FOCUS_AUTO) == [1, 0], "found, then held"
    assert video_device.values_set(v4l2.GAIN) == [], "not asked for"


def test_fixed_values_are_taken_at_the_nearest_that_there_is(
    run_commands: RunCommands, video_device: VideoDevice
) -> None:
    answer = run_commands("webcam", "white_balance=5003", "focus=41", "exposure=99999", "gain=20")
    assert answer["refused"] == ["exposure"], "a step is no refusal, a bound is"
    assert video_device.values_set(v4l2.WHITE_BALANCE) == [5000]
    assert video_device.values_set(v4l2.AUTO_WHITE_BALANCE) == [0]
    assert video_device.values_set(v4l2.FOCUS) == [40]
    assert video_device.values_set(v4l2.FOCUS_AUTO) == [0]
    assert video_device.values_set(v4l2.EXPOSURE) == [2047], "the most it has"
    assert video_device.values_set(v4l2.GAIN) == [20]


def test_missing_and_rejected_controls_are_reported(run_commands: RunCommands, video_device: VideoDevice) -> None:
    video_device.trigger("stubborn", v4l2.EXPOSURE)
    video_device.trigger("lacking", v4l2.POWER_LINE, v4l2.FOCUS_AUTO, v4l2.FOCUS)
    assert run_commands("webcam")["refused"] == ["power_line", "exposure"], "a fixed lens is as good as a held one"


MODES: list[tuple[list[tuple[int, int, int]], list[int]]] = [
    ([(1920, 1080, 30), (1280, 720, 30)], [1920, 1080]),
    ([(3840, 2160, 30), (1280, 720, 30), (640, 480, 30)], [1280, 720]),
    ([(1920, 1080, 15), (1280, 720, 30), (640, 480, 60)], [1280, 720]),
    ([(1920, 1080, 5), (640, 480, 15)], [1920, 1080]),
    ([(1600, 900, 30), (1280, 720, 30)], [1280, 720]),  # lists 1600x900, and rejects it
    ([], [1920, 1080]),
]


def test_the_largest_size_that_is_fast_enough_and_kept(run_commands: RunCommands, video_device: VideoDevice) -> None:
    video_device.has_picture("1280x720.jpg", jpeg(1280, 720))
    for modes, size in MODES:
        video_device.has_modes(*modes)
        answer = run_commands("webcam")
        assert answer["shot_size"] == size, modes
        assert ("width" in answer["refused"]) == (size != [1920, 1080])
        assert ("slow" in answer["warnings"]) == (bool(modes) and all(rate < 25 for *_, rate in modes))


def test_what_the_camera_sends_counts_not_what_it_agreed_to(
    run_commands: RunCommands, video_device: VideoDevice
) -> None:
    video_device.has_picture("shrunk.jpg", jpeg(640, 360))
    video_device.trigger("shrunk")
    assert run_commands("webcam")["shot_size"] == [640, 360]


def test_a_shot_is_the_cameras_own_file(run_commands: RunCommands, video_device: VideoDevice) -> None:
    picture = jpeg(1920, 1080, seed=3)
    video_device.has_picture("1920x1080.jpg", picture)
    assert run_commands("webcam", "shoot")["shot"] == sha256(picture), "byte for byte"


def test_half_frames_are_never_a_shot(run_commands: RunCommands, video_device: VideoDevice) -> None:
    picture = jpeg(1920, 1080, seed=3)
    video_device.has_picture("1920x1080.jpg", picture)
    video_device.trigger("cut")
    for _ in range(2):
        assert run_commands("webcam", "shoot")["shot"] == sha256(picture)


def test_a_camera_without_jpeg_sends_raw_pixels(run_commands: RunCommands, video_device: VideoDevice) -> None:
    grey = np.full((480, 640, 2), (200, 128), np.uint8)
    video_device.has_picture("640x480.yuyv", grey.tobytes())
    video_device.trigger("raw")
    video_device.has_modes((1920, 1080, 5), (640, 480, 30))
    answer = run_commands("webcam", "shoot")
    assert "format" in answer["refused"]
    assert answer["shot_size"] == [640, 480]
    assert round(answer["brightness"]) == round((200 - 16) * 255 / 219), "video range becomes full range"


def test_the_first_frames_are_black_and_are_waited_for(run_commands: RunCommands, video_device: VideoDevice) -> None:
    assert run_commands("webcam")["warnings"] == [], "the control"
    video_device.has_picture("black.jpg", black(1920, 1080))
    video_device.trigger("dark", 8)
    answer = run_commands("webcam", "shoot")
    assert answer["warnings"] == []
    assert answer["brightness"] > 50
    assert answer["shot"] != sha256(black(1920, 1080))


def test_a_covered_lens_is_black_after_a_bounded_wait(run_commands: RunCommands, video_device: VideoDevice) -> None:
    video_device.has_picture("black.jpg", black(1920, 1080))
    video_device.trigger("dark", 100_000)
    answer = run_commands("webcam", "shoot")
    assert answer["brightness"] < 1
    assert answer["shot"] == sha256(black(1920, 1080)), "what is there, after all"


def black(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "JPEG")
    return file.getvalue()
