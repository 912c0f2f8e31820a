"""Webcams: the plug, the freeze and the settings, through the real OpenCV over HTTP and over V4L2."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from hardware.cameras.camera import CameraProblem
from hardware.cameras.webcam import WebcamCamera, WebcamSettings
from tests.hardware.cameras.conftest import NetworkCamera, VideoDevice
from tests.hardware.cameras.watching import SHORT, Watched, watched

QUICK = WebcamSettings(1920, 1080, 30, exposure=156, silence=0.6, connect=3.0)


def opened(camera: NetworkCamera) -> WebcamCamera:
    webcam = WebcamCamera(camera.spec.removeprefix("webcam:"), settings=QUICK)
    webcam.open()
    webcam.frame()  # the control: it runs
    return webcam


def reason_of(webcam: WebcamCamera) -> str:
    """The reason at which live view ends; frames already on their way come first."""
    for _ in range(200):
        try:
            webcam.frame()
        except CameraProblem as problem:
            return problem.reason
    raise AssertionError("live view goes on")


def test_pulling_the_plug_is_lost_and_a_new_object_finds_it_again(network_camera: NetworkCamera) -> None:
    webcam = opened(network_camera)
    network_camera.obey("unplug")
    assert reason_of(webcam) == "lost"
    with pytest.raises(CameraProblem) as caught:
        WebcamCamera(network_camera.spec.removeprefix("webcam:"), settings=QUICK).open()
    assert caught.value.reason == "absent"
    network_camera.obey("plug")
    opened(network_camera).close()


def test_a_frozen_stream_is_hung(network_camera: NetworkCamera) -> None:
    webcam = opened(network_camera)
    network_camera.obey("freeze")
    assert reason_of(webcam) == "hung"


def test_colours_are_red_green_blue_and_the_still_keeps_all_colour(network_camera: NetworkCamera) -> None:
    webcam = opened(network_camera)
    frame = webcam.frame()
    with Image.open(io.BytesIO(webcam.shoot().data)) as still:
        assert JpegImagePlugin.get_sampling(still) == 0, "4:4:4"
        shot = np.asarray(still.convert("RGB"), np.float64)
    webcam.close()
    # The server alternates two pictures, so the still may be the other one: compare with the nearer of two frames.
    assert frame.shape == shot.shape
    webcam = opened(network_camera)
    frames = [webcam.frame().astype(np.float64) for _ in range(4)]
    webcam.close()
    right = min(np.abs(shot - frame).mean() for frame in frames)
    swapped = min(np.abs(shot - frame[..., ::-1]).mean() for frame in frames)
    assert right < swapped / 3


def test_the_address_of_a_network_camera_tells_no_password(capfd: pytest.CaptureFixture[str]) -> None:
    webcam = WebcamCamera("http://someone:secret@127.0.0.1:1/video", settings=QUICK)
    with pytest.raises(CameraProblem) as caught:
        webcam.open()
    assert caught.value.reason == "absent"
    said = capfd.readouterr()
    assert "secret" not in str(caught.value) + said.out + said.err


@pytest.fixture
def preloaded(video_device: VideoDevice, monkeypatch: pytest.MonkeyPatch) -> VideoDevice:
    """The device, there for every camera process that is started from now on."""
    for name, value in video_device.environment.items():
        monkeypatch.setenv(name, value)
    return video_device


def assert_live(seen: Watched) -> None:
    frame = seen.frame()
    assert frame.pixels.shape == (720, 1280, 3)
    with Image.open(io.BytesIO(seen.shot().data)) as still:
        assert still.size == (1920, 1080)


def test_a_video_device_that_is_unplugged_and_plugged_in_again(preloaded: VideoDevice) -> None:
    with watched("webcam:/dev/video0") as seen:
        seen.wait_for("live")
        assert_live(seen)
        preloaded.unplug()
        seen.wait_for("live", "lost")
        preloaded.plug()
        seen.wait_for("live", "lost", "live")
        assert_live(seen)


def test_a_video_device_that_freezes(preloaded: VideoDevice) -> None:
    # The driver gives up after the 3 s of webcam.toml, so the watchdog, which is behind it, must be slower.
    with watched("webcam:0", replace(SHORT, heartbeat=30.0)) as seen:
        seen.wait_for("live")
        assert_live(seen)
        preloaded.freeze()
        seen.wait_for("live", "hung")
        preloaded.thaw()
        seen.wait_for("live", "hung", "live")
        assert_live(seen)


def test_settings_that_a_device_says_yes_to_and_does_not_keep_are_told(
    preloaded: VideoDevice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched("webcam:0") as seen:
        seen.wait_for("live")
        info = seen.told("live").info
        assert info is not None
        assert "width" not in info.refused, "the control: 1920x1080 is kept"
        assert "exposure" not in info.refused
    (tmp_path / "video0" / "1920x1080.jpg").unlink()
    with watched("webcam:0") as seen:
        seen.wait_for("live")
        info = seen.told("live").info
        assert info is not None
        assert {"width", "height"} <= set(info.refused)
        assert info.shot_size == (640, 480), "what the camera sends counts, not what was asked"


def test_no_device_is_absent() -> None:
    with pytest.raises(CameraProblem) as caught:
        WebcamCamera("/dev/video99", settings=QUICK).open()
    assert caught.value.reason == "absent"
